import { ServiceError } from '../service.ts';
import type { Ec2Context } from './context.ts';

/** The image of the machine: whatever runs the embedded AWS. */
export const IMAGE_ID = 'ami-0cba5000000000001';

/** Throws where nothing can be launched from it. */
export function checkImage({ store }: Pick<Ec2Context, 'store'>, id: string): string {
  if (id === IMAGE_ID) return id;
  const record = store.images.get(id);
  if (record === undefined || record.state === 'gone') throw imageNotFound(id);
  if (record.state !== 'available')
    throw new ServiceError('InvalidAMIID.Unavailable', `The image id '[${id}]' is ${record.state}`);
  return id;
}

export function imageNotFound(id: string): ServiceError {
  return new ServiceError('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
}
