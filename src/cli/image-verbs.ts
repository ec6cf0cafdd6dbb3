import type { Command } from 'commander';
import { ends, example, withActing, withCommon } from './command-parts.ts';

/** Verbs on images of whole instances. */
export function addImageVerbs(program: Command): void {
  const verbs = example(
    program.command('images').description('images of instances, made after a checkpoint: list, create, launch, retire'),
    'cbas images\n  cbas images create pi-017 --yes',
  );
  example(
    withCommon(verbs.command('list', { isDefault: true }).description('which there are, and what they cost')).action(
      async (options) => ends((await import('./commands/images.ts')).images(options)),
    ),
    'cbas images --json',
  );
  example(
    withActing(
      verbs.command('create').description('save the jobs, then make an image of the instance that each runs on'),
    )
      .argument('<jobs...>', 'ids, beginnings or ends of them, or names')
      .action(async (ids, options) => ends((await import('./commands/images.ts')).createImages(ids, options))),
    'cbas images create pi-017 --yes',
  );
  example(
    withActing(verbs.command('launch').description('launch workers with the disk of that instance'))
      .argument('<image>', 'its id, or the beginning or end of it')
      .option('--count <count>', 'how many (1)')
      .option('--pool <pool>', 'in this pool (else in the cheapest)')
      .action(async (id, options) => ends((await import('./commands/images.ts')).launchImage(id, options))),
    'cbas images launch ami-0a41c2d3e4f5a6b7c --yes',
  );
  example(
    withActing(verbs.command('retire').description('remove images and their snapshots for good'))
      .argument('<images...>', 'ids, or beginnings or ends of them')
      .action(async (ids, options) => ends((await import('./commands/images.ts')).retireImages(ids, options))),
    'cbas images retire ami-0a41c2d3e4f5a6b7c --dry-run',
  );
}
