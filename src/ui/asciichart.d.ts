/** asciichart has no types of its own; this is what `components/chart.ts` uses of it. */
declare module 'asciichart' {
  interface PlotOptions {
    readonly min?: number;
    readonly max?: number;
    readonly height?: number;
    readonly format?: (value: number) => string;
    readonly symbols?: readonly string[];
  }
  const asciichart: { plot(series: readonly number[], options?: PlotOptions): string };
  export = asciichart;
}
