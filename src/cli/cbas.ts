import module from 'node:module';

// Compiled code is kept between starts: a console is opened often.
module.enableCompileCache?.();
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

if (process.platform === 'win32') {
  process.stderr.write(
    'CBAS runs on Linux and macOS; on Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl/install\n',
  );
  process.exit(1);
}
const { runProgram } = await import('./program.ts');
await runProgram(process.argv);
