import { shell } from '../../test/support/cloud.ts';

export const STEPS = 60;
/** The sum of the numbers of all steps, each once. */
export const SUM = (STEPS * (STEPS + 1)) / 2;

/**
 * Counts, and adds up what it counts, in two files: a checkpoint that mixes two states, or a step that is done twice, is found by the
 * sum. It saves when it is asked to, and says first where it begins and from which generation.
 */
export function countingJob(name: string): object {
  const line = `
    cd "$CBAS_CHECKPOINT_DIR"; n=0; s=0
    [ -f n ] && n=$(cat n); [ -f s ] && s=$(cat s)
    echo "begins at $n from $CBAS_RESTORED_GENERATION"
    save() { echo $n >.n; mv .n n; echo $s >.s; mv .s s; echo $n >.r; mv .r READY; }
    trap save USR2
    while [ $n -lt ${STEPS} ]; do n=$((n + 1)); s=$((s + n)); sleep 0.2; done
    mkdir -p "$CBAS_WORK_DIR/out"; echo "{\\"n\\": $n, \\"s\\": $s}" >"$CBAS_WORK_DIR/out/count.json"`;
  return shell(name, line, {
    outputs: [{ path: 'out/count.json', name: 'count' }],
    checkpoint: { driver: 'app', signal: 'SIGUSR2', intervalS: 1 },
    record: { book: 'counts', key: name, from: 'count' },
  });
}

const BEGINS = /^begins at \d+ from (\d+)$/m;

/** The generation that a run went on from, by its log; undefined where the log never came to S3. */
export function begunFrom(log: string): number | undefined {
  const generation = BEGINS.exec(log)?.[1];
  return generation === undefined ? undefined : Number(generation);
}
