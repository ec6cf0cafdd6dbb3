/** The flag of Node with which bin/cbas starts a console; what it tells the C library is ALLOCATOR of src/cli/lean-heap.ts. */
export const CONSOLE_FLAGS: readonly string[] = ['--max-semi-space-size=8'];
