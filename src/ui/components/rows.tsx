import { Box, Text } from 'ink';
import { memo, type ReactNode } from 'react';
import { BLANK, type Painted } from '../line.ts';

/** One row of the screen. Keyed by its slot and memoised by its text: a row that did not change costs nothing. */
export const Row = memo(function Row({ text }: { readonly text: Painted }): ReactNode {
  // A Text without characters would have no height.
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});

/** Exactly `height` rows: what is missing is blank, what is too much is not shown. The frame's height never moves. */
export function Rows({ lines, height }: { readonly lines: readonly Painted[]; readonly height: number }): ReactNode {
  return (
    <Box flexDirection="column" height={height} flexShrink={0}>
      {Array.from({ length: height }, (_, slot) => (
        <Row key={slot} text={lines[slot] ?? BLANK} />
      ))}
    </Box>
  );
}
