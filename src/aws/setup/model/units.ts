/** The user that services run as on an instance: jobs have no more rights than it. */
export const SERVICE_USER = 'cbas';
export const SERVICE_HOME = '/var/lib/cbas';

/** Time for a worker to save its jobs when it is told to stop: as long as EC2 gives before it takes the instance. */
const WORKER_STOP_S = 110;
const MASTER_STOP_S = 15;

/**
 * The worker as a service of systemd. When it ends, however it ends, the machine is switched off, and by its launch template that
 * terminates the instance. Only the worker itself is told to stop: what becomes of its jobs is its business. A job that eats all
 * memory takes nobody with it.
 */
export function workerUnit(deployment: string): string {
  return unit({
    description: `CBAS worker of ${deployment}`,
    more: ['SuccessAction=poweroff', 'FailureAction=poweroff'],
    start: `/usr/local/bin/cbas worker --deployment ${deployment}`,
    service: ['KillMode=mixed', `TimeoutStopSec=${WORKER_STOP_S}`, 'OOMPolicy=continue', 'TasksMax=infinity'],
  });
}

/** A master as a service: started again whenever it ends, for a standby costs nothing and a missing one does. */
export function masterUnit(deployment: string, region: string): string {
  return unit({
    description: `CBAS master of ${deployment}`,
    more: ['StartLimitIntervalSec=0'],
    start: `/usr/local/bin/cbas master --deployment ${deployment} --region ${region}`,
    service: ['Restart=always', 'RestartSec=2', `TimeoutStopSec=${MASTER_STOP_S}`, 'NoNewPrivileges=yes'],
  });
}

interface Unit {
  readonly description: string;
  readonly more: readonly string[];
  readonly start: string;
  readonly service: readonly string[];
}

function unit({ description, more, start, service }: Unit): string {
  return [
    '[Unit]',
    `Description=${description}`,
    'Wants=network-online.target',
    'After=network-online.target',
    ...more,
    '',
    '[Service]',
    `User=${SERVICE_USER}`,
    `WorkingDirectory=${SERVICE_HOME}`,
    `ExecStart=${start}`,
    'StandardOutput=journal+console',
    'StandardError=journal+console',
    ...service,
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}
