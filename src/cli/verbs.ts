import type { Command } from 'commander';

/** Verbs that look at or change a deployment; each lies in a file of its own and is loaded when it is called. */
export function addVerbs(_program: Command): void {}
