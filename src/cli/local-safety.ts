import os from 'node:os';

/** Nothing but the embedded AWS may be reached from local mode, so nothing that could lead elsewhere stays in the environment. */
const KEPT = new Set(['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED']);

/**
 * Drops every AWS_* variable, profile and the real metadata service from this process, and so from its children: keys of
 * a real account that lie around on the machine are never read. Called before an AWS client is loaded.
 */
export function forgetRealAws(env: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(env)) if (name.startsWith('AWS_') && !KEPT.has(name)) delete env[name];
  env['AWS_EC2_METADATA_DISABLED'] = 'true';
  env['AWS_CONFIG_FILE'] = os.devNull;
  env['AWS_SHARED_CREDENTIALS_FILE'] = os.devNull;
}
