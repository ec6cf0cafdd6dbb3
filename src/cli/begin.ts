import { keepCompiledCode } from './compile-cache.ts';

/** What every program of CBAS does first, before anything heavy is loaded. */
export function begin(): void {
  keepCompiledCode();
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  if (process.platform === 'win32') {
    process.stderr.write(
      'CBAS runs on Linux and macOS; on Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl/install\n',
    );
    process.exit(1);
  }
  // Whoever reads our output has gone (`| head`): there is nobody left to tell. Children end when our pipe to them closes.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // A terminal that is gone is a hangup, whether we hear of it by the signal or by writing.
      if (error.code === 'EPIPE' || error.code === 'EIO') process.exit(stream.isTTY ? 129 : 141);
      throw error;
    });
  }
}
