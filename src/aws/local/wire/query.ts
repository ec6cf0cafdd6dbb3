import { ServiceError, type LocalService } from '../service.ts';
import { readBody } from './body.ts';
import type { Codec, WireReply } from './codec.ts';
import { parseForm, readForm, type FormDialect } from './form.ts';
import { byName, demandRequired, inputOf, nameOf, outputOf } from './schema.ts';
import { XML_DECLARATION, element, innerXml } from './xml.ts';

/** The API version that each service's clients send, which is also the end of its XML namespace. */
const NAMESPACES: Readonly<Record<string, string>> = {
  ec2: 'http://ec2.amazonaws.com/doc/2016-11-15/',
  iam: 'https://iam.amazonaws.com/doc/2010-05-08/',
  sns: 'http://sns.amazonaws.com/doc/2010-03-31/',
  sts: 'https://sts.amazonaws.com/doc/2011-06-15/',
};

const reply = (statusCode: number, xml: string): WireReply => ({
  statusCode,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: XML_DECLARATION + xml,
});

/** The query protocols: a form goes in, XML comes out. EC2 has a dialect of its own for both. */
export function createQueryCodec(service: LocalService, dialect: FormDialect): Codec {
  const operations = byName(service.operations);
  const namespace = NAMESPACES[service.scope] ?? '';
  return {
    async decode(request) {
      const form = parseForm((await readBody(request.body)).toString('utf8'));
      const action = form.children.get('Action')?.value ?? '';
      const operation = operations.get(action);
      if (operation === undefined) {
        throw new ServiceError('InvalidAction', `The embedded AWS does not implement ${action || 'this request'}.`);
      }
      const schema = inputOf(operation.schema);
      const input = schema.isUnitSchema() ? {} : (readForm(schema, form, dialect) as object);
      demandRequired(operation.schema, input);
      return { operation, input };
    },
    encode(operation, output, { requestId }) {
      const name = nameOf(operation.schema);
      const schema = outputOf(operation.schema);
      const members = innerXml(schema, output);
      if (dialect === 'ec2Query') {
        const content = schema.isUnitSchema() ? '<return>true</return>' : members;
        const body = element('requestId', requestId) + content;
        return reply(200, `<${name}Response xmlns="${namespace}">${body}</${name}Response>`);
      }
      const result = schema.isUnitSchema() ? '' : `<${name}Result>${members}</${name}Result>`;
      const metadata = `<ResponseMetadata>${element('RequestId', requestId)}</ResponseMetadata>`;
      return reply(200, `<${name}Response xmlns="${namespace}">${result}${metadata}</${name}Response>`);
    },
    encodeError: (error, { requestId }) => reply(error.statusCode, errorXml({ error, requestId, dialect })),
  };
}

interface ErrorReply {
  readonly error: ServiceError;
  readonly requestId: string;
  readonly dialect: FormDialect;
}

function errorXml({ error, requestId, dialect }: ErrorReply): string {
  const detail = element('Code', error.code) + element('Message', error.message);
  if (dialect === 'ec2Query') {
    return `<Response><Errors><Error>${detail}</Error></Errors>${element('RequestID', requestId)}</Response>`;
  }
  const type = element('Type', error.statusCode < 500 ? 'Sender' : 'Receiver');
  return `<ErrorResponse><Error>${type}${detail}</Error>${element('RequestId', requestId)}</ErrorResponse>`;
}
