import type { ProgramArch, ProgramPins } from '../../../engine/protocol/manifest-item.ts';
import { names } from '../names.ts';
import type { DeploymentSpec } from './resource.ts';
import { SERVICE_HOME, SERVICE_USER, masterUnit, workerUnit } from './units.ts';

/** EC2's own limit, before it is encoded. */
export const USER_DATA_BYTES_MAX = 16_384;
/** What `uname -m` says on each. */
const MACHINES: Readonly<Record<ProgramArch, string>> = { x86_64: 'x86_64', arm64: 'aarch64 | arm64' };
/** Of no bytes: what a request without a body is signed with. */
const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

export type BootPlace = Pick<DeploymentSpec, 'name' | 'partition' | 'accountId' | 'region'>;

export type BootRole = 'worker' | 'master';

/**
 * User data of an instance on a plain image of Amazon Linux: all that it needs is curl, tar and sha256sum. It fetches the program and
 * its Node from the deployment's bucket with the instance's own credentials, checks each against its hash, and starts the worker as a
 * service. What goes wrong ends the instance, and is told on its console and in the worker's row. On the embedded AWS the same
 * script runs as it is; there the instance is the script's process, so the program takes its place. A master has no row, and its
 * instance stays for whoever looks why.
 */
export function bootScript(place: BootPlace, pins: ProgramPins, role: BootRole = 'worker'): string {
  const { name, partition, accountId, region } = place;
  const nodes = pins.nodes.map(
    ({ arch, key, sha256 }) => `  ${MACHINES[arch]}) arch=${ARCH_NAMES[arch]} node=${key} node_sha=${sha256} ;;`,
  );
  return [
    '#!/bin/sh',
    `# Starts a ${role} of the CBAS deployment ${name}: fetches CBAS ${pins.version} and its Node, each known by its hash.`,
    'set -u',
    'umask 022',
    `region=${region} suffix=${partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}`,
    `bucket=${names.bucket(name, accountId, region)} table=${role === 'worker' ? `${names.prefix(name)}workers` : ''}`,
    `archive=${pins.archive.key} archive_sha=${pins.archive.sha256}`,
    'case $(uname -m) in',
    ...nodes,
    '  *) arch= node= node_sha= ;;',
    'esac',
    COMMON,
    `user=${SERVICE_USER} user_home=${SERVICE_HOME}`,
    'install_program',
    'if [ -n "$local" ] || [ ! -d /run/systemd/system ] || [ "$(id -u)" != 0 ]; then',
    `  exec "$root/bin/cbas" ${role} --deployment ${name}${role === 'worker' ? '' : ' --region "$region"'}`,
    'fi',
    `cat >/etc/systemd/system/cbas-${role}.service <<'UNIT'`,
    (role === 'worker' ? workerUnit(name) : masterUnit(name, region)).trimEnd(),
    'UNIT',
    `install_service cbas-${role}`,
    '',
  ].join('\n');
}

/** As the packages of Node name architectures: where bin/cbas looks for its own. */
const ARCH_NAMES: Readonly<Record<ProgramArch, string>> = { x86_64: 'x64', arm64: 'arm64' };

/**
 * Functions of the script. Keys of the instance's role go to curl through its standard input: arguments are seen by every process.
 * The row is written only while it is PENDING, by the very write that the worker itself would make (`protocol/worker-item.ts`).
 */
const COMMON = String.raw`imds=\${AWS_EC2_METADATA_SERVICE_ENDPOINT:-http://169.254.169.254}
local=\${CBAS_LOCAL_INSTANCE:-}
base=/opt/cbas
[ -n "$local" ] && base=$HOME/cbas
root=$base/$(basename "$archive" .tar.gz)
s3=https://$bucket.s3.$region.$suffix dynamodb=https://dynamodb.$region.$suffix/
if [ -n "\${AWS_ENDPOINT_URL:-}" ]; then s3=$AWS_ENDPOINT_URL/$bucket dynamodb=$AWS_ENDPOINT_URL/; fi
token= credentials=

say() {
  echo "cbas boot: $1" >&2
  if [ -z "$local" ] && [ -w /dev/console ]; then echo "cbas boot: $1" >/dev/console; fi
}

meta() {
  curl -fsS --noproxy '*' --max-time 10 --retry 5 --retry-connrefused -H "x-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/$1"
}

learn_who() {
  token=$(curl -fsS --noproxy '*' --max-time 10 --retry 5 --retry-connrefused -X PUT -H 'x-aws-ec2-metadata-token-ttl-seconds: 21600' "$imds/latest/api/token")
  for try in 1 2 3 4 5 6 7 8 9 10; do
    role=$(meta iam/security-credentials/) && credentials=$(meta "iam/security-credentials/$role") && return 0
    sleep 3
  done
  return 1
}

field() {
  printf '%s\n' "$credentials" | sed -n 's/.*"'"$1"'" *: *"\([^"]*\)".*/\1/p'
}

signed() {
  service=$1
  shift
  printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' "$(field AccessKeyId)" "$(field SecretAccessKey)" "$(field Token)" |
    curl -fsS --config - --aws-sigv4 "aws:amz:$region:$service" --connect-timeout 10 --retry 4 --retry-connrefused "$@"
}

tell_row() {
  [ -n "$table" ] || return 0
  id=$(meta instance-id) || return 1
  at=$(date +%s)000
  for try in 1 2 3; do
    signed dynamodb -o /dev/null --max-time 20 -H 'content-type: application/x-amz-json-1.0' -H 'x-amz-target: DynamoDB_20120810.UpdateItem' --data '{"TableName":"'"$table"'","Key":{"workerId":{"S":"'"$id"'"}},"ConditionExpression":"#s = :pending","UpdateExpression":"SET #s = :terminated, detail = :detail, changedAt = :at, phases.endedAt = :at ADD rev :one","ExpressionAttributeNames":{"#s":"state"},"ExpressionAttributeValues":{":pending":{"S":"PENDING"},":terminated":{"S":"TERMINATED"},":detail":{"S":"'"$1"'"},":at":{"N":"'"$at"'"},":one":{"N":"1"}}}' "$dynamodb" && return 0
    sleep 2
  done
  return 1
}

fail() {
  why=$(printf 'could not start: %s' "$1" | tr -cd 'A-Za-z0-9 .,:;/()_-' | cut -c1-300)
  say "$why"
  tell_row "$why" || say 'its row could not be told either'
  [ -n "$local" ] || [ -z "$table" ] || shutdown -h now
  exit 1
}

sha_of() {
  { sha256sum "$1" || shasum -a 256 "$1"; } 2>/dev/null | cut -d' ' -f1
}

fetch() {
  [ -f "$3" ] && [ "$(sha_of "$3")" = "$2" ] && return 0
  if ! signed s3 --max-time 600 -o "$3.part" -H 'x-amz-content-sha256: ${EMPTY_SHA256}' "$s3/$1"; then
    if [ -n "$local" ] || ! command -v aws >/dev/null || ! aws s3 cp --quiet --region "$region" "s3://$bucket/$1" "$3.part"; then
      fail "$1 could not be fetched from $bucket"
    fi
  fi
  have=$(sha_of "$3.part")
  if [ "$have" != "$2" ]; then
    rm -f "$3.part"
    fail "$1 is not what was put there, its sha256 is $have and not $2"
  fi
  mv "$3.part" "$3"
}

install_program() {
  command -v curl >/dev/null || fail 'there is no curl on this image'
  learn_who || fail 'the metadata service gives no credentials: has the instance its profile'
  [ -n "$node" ] || fail "this deployment has no Node for $(uname -m)"
  mkdir -p "$base/fetched" "$root/node_modules/node-linux-$arch/bin" || fail "$base cannot be written"
  fetch "$archive" "$archive_sha" "$base/fetched/$(basename "$archive")"
  fetch "$node" "$node_sha" "$base/fetched/$(basename "$node")"
  tar -xzf "$base/fetched/$(basename "$archive")" -C "$root" || fail "$archive cannot be unpacked"
  chmod 755 "$base/fetched/$(basename "$node")"
  ln -f "$base/fetched/$(basename "$node")" "$root/node_modules/node-linux-$arch/bin/node" || fail 'Node cannot be installed'
  say "CBAS from $archive"
}

install_service() {
  id "$user" >/dev/null 2>&1 || useradd --system --home-dir "$user_home" --create-home --shell /sbin/nologin "$user" || fail "the user $user cannot be made"
  ln -sfn "$root/bin/cbas" /usr/local/bin/cbas
  ln -sfn "$root/bin/cbas-console" /usr/local/bin/cbas-console
  systemctl daemon-reload && systemctl enable --quiet "$1" && systemctl start --no-block "$1" || fail "systemd does not start $1"
}
`.replaceAll('\\${', '${');
