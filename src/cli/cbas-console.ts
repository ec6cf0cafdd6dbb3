import module from 'node:module';

module.enableCompileCache?.();
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';

if (process.platform === 'win32') {
  process.stderr.write(
    'CBAS runs on Linux and macOS; on Windows, use it inside WSL: https://learn.microsoft.com/windows/wsl/install\n',
  );
  process.exit(1);
}
const { runConsole } = await import('./commands/console.ts');
await runConsole(process.argv.slice(2));
