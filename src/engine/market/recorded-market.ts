import type { PriceSeries } from './price-series.ts';

/** The recorded prices of one market: an instance type in a zone, for one product ("Linux/UNIX"). */
export interface RecordedMarket {
  readonly type: string;
  readonly zone: string;
  readonly product: string;
  readonly series: PriceSeries;
}
