import { capacityView, type CapacityLine, type PoolStanding } from '../../engine/select/capacity.ts';
import { deniedOf, deniedSentence } from '../../engine/select/denied.ts';
import { paintFields } from '../components/fields.ts';
import { paintItems } from '../components/flow.ts';
import type { Column } from '../components/table.ts';
import * as format from '../format.ts';
import type { Frame } from '../frame.ts';
import { BLANK, type Painted, paintLine, type Span, span } from '../line.ts';
import type { Link, ScreenSpec } from '../screen-spec.ts';
import { drawTable, type TableSpec, tableParts } from '../table-screen.ts';
import type { Glyphs, Tone } from '../theme.ts';

/** What is wanted, why, what is under way, and a blank row. */
const HEAD_ROWS = 4;

const LOOKS: Readonly<Record<PoolStanding, { readonly glyph: keyof Pick<Glyphs, 'done' | 'held' | 'failed' | 'leaving' | 'waiting' | 'dot'>; readonly word: string; readonly tone: Tone }>> = {
  open: { glyph: 'done', word: 'open', tone: 'plain' },
  full: { glyph: 'held', word: 'full', tone: 'plain' },
  refused: { glyph: 'failed', word: 'refused', tone: 'attention' },
  outbid: { glyph: 'leaving', word: 'outbid', tone: 'attention' },
  'no-price': { glyph: 'waiting', word: 'no price', tone: 'attention' },
  unused: { glyph: 'dot', word: 'not used', tone: 'dim' },
}; // prettier-ignore

export const CAPACITY_TABLE: TableSpec<CapacityLine> = {
  screen: 'capacity',
  rows: (snapshot) => capacityView(snapshot).pools,
  idOf: ({ id }) => id,
  line: (row) => row,
  columns: capacityColumns,
  values: {
    pool: ({ id }) => id,
    standing: ({ standing }) => LOOKS[standing].word,
    working: ({ counts }) => counts.busy + counts.idle,
    booting: ({ counts }) => counts.booting,
    leaving: ({ counts }) => counts.leaving,
    lost: ({ counts }) => counts.lost,
    launching: ({ launching }) => launching,
    share: ({ shareMax }) => shareMax,
    price: ({ priceUsdPerHour }) => priceUsdPerHour,
    bid: ({ bidUsdPerHour }) => bidUsdPerHour,
    note: noteOf,
  },
  searched: ['pool', 'standing', 'note'],
  isFault: ({ standing }) => standing === 'refused' || standing === 'outbid' || standing === 'no-price',
  dropOrder: ['bid', 'price', 'share', 'launching', 'booting', 'leaving'],
  lastMin: 30,
};

function noteOf(line: CapacityLine, { at }: { readonly at: number }): string {
  const { standing, priceUsdPerHour, bidUsdPerHour, shareMax, cost, refusedAs, retryAt } = line;
  switch (standing) {
    case 'open':
      return cost;
    case 'full':
      return `has its share: ${shareMax} at most, so that its end cannot take everything`;
    case 'refused':
      return `${refusedAs === 'quota' ? 'at an account limit' : 'no capacity'}; asked again in ${format.duration(Math.max(0, retryAt - at))}`;
    case 'outbid':
      return `price ${format.price(priceUsdPerHour)} is above the bid ${format.price(bidUsdPerHour)}`;
    case 'no-price':
      return 'no price is known yet: nothing is launched there';
    case 'unused':
      return 'not a pool of this deployment';
  }
}

function capacityColumns({ theme, snapshot, now, width }: Frame): readonly Column<CapacityLine>[] {
  const region = snapshot.deployment?.region ?? '';
  const count = (id: string, of: (line: CapacityLine) => number, tone: Tone = 'plain'): Column<CapacityLine> => ({
    id,
    title: id,
    width: Math.max(7, id.length),
    align: 'right',
    text: (line) => format.grouped(of(line)),
    tone: (line) => (of(line) > 0 ? tone : 'dim'),
  });
  return [
    { id: 'pool', title: 'pool', width: width >= 100 ? 20 : 14, text: ({ id }) => format.shortPool(id, region) },
    {
      id: 'standing',
      title: 'standing',
      width: 10,
      text: ({ standing }) => `${theme.glyphs[LOOKS[standing].glyph]} ${LOOKS[standing].word}`,
      tone: ({ standing }) => LOOKS[standing].tone,
    },
    count('working', ({ counts }) => counts.busy + counts.idle),
    count('booting', ({ counts }) => counts.booting),
    count('leaving', ({ counts }) => counts.leaving, 'attention'),
    { ...count('lost', ({ counts }) => counts.lost, 'broken'), isExtra: true },
    count('launching', ({ launching }) => launching),
    {
      id: 'share',
      title: 'at most',
      width: 7,
      align: 'right',
      text: ({ shareMax }) => (shareMax === 0 ? format.NONE : format.grouped(shareMax)),
    },
    { id: 'price', title: 'price', width: 6, align: 'right', text: ({ priceUsdPerHour }) => format.price(priceUsdPerHour) },
    {
      id: 'bid',
      title: 'bid',
      width: 9,
      align: 'right',
      text: ({ bidUsdPerHour }) =>
        bidUsdPerHour === undefined ? format.NONE : bidUsdPerHour === 0 ? 'on-demand' : format.price(bidUsdPerHour),
    },
    {
      id: 'note',
      title: 'why',
      width: 1,
      text: (line) => noteOf(line, { at: now }),
      tone: ({ standing }) => LOOKS[standing].tone,
    },
  ]; // prettier-ignore
}

/** What is wanted and what there is: the sums of the rows below; why; what is under way. Then the pools. */
function drawCapacity(frame: Frame, height: number): readonly Painted[] {
  const { snapshot, theme, width, ui } = frame;
  const denied = deniedOf(snapshot, 'prices');
  const empty = ui.filters.capacity === '' ? 'no pools are set' : 'no pool matches the filter; esc clears it';
  const notice = denied === undefined ? [] : [paintLine(theme, width, [span(` ! ${deniedSentence(denied)}: no pool is priced anew`, 'attention')])]; // prettier-ignore
  const head = [...drawSums(frame), drawWhyLine(frame), drawUnderWay(frame), notice[0] ?? BLANK];
  return [...head, ...drawTable(CAPACITY_TABLE, frame, { height: height - HEAD_ROWS, empty })];
}

function drawSums({ snapshot, theme, width }: Frame): readonly Painted[] {
  const { asked, wanted, jobs, counts, launching } = capacityView(snapshot);
  const some = (number: number, word: string, tone: Tone = 'plain'): readonly Span[] =>
    number === 0 ? [] : [span(format.grouped(number), tone), span(` ${word}`)];
  const items = [
    [span(`${format.grouped(wanted)} wanted`, 'strong'), span(wanted === asked ? '' : ` of ${format.grouped(asked)} asked for`)],
    [span(`${format.grouped(counts.busy + counts.idle)} working`)],
    some(counts.booting, 'booting'),
    some(launching, 'launching'),
    some(counts.leaving, 'leaving', 'attention'),
    some(counts.lost, 'lost', 'broken'),
    [span(jobs === 1 ? 'for 1 job' : `for ${format.grouped(jobs)} jobs`, 'dim')],
  ]; // prettier-ignore
  return [paintItems(theme, width, { label: 'Workers', items })];
}

function drawWhyLine({ snapshot, theme, width }: Frame): Painted {
  const { why, whyFrom } = capacityView(snapshot);
  const from = whyFrom === 'leader' ? '' : '   worked out here: no leader tells';
  return paintLine(theme, width, [span(' '), span('Why       ', 'strong'), span(why), span(from, 'dim')]);
}

function drawUnderWay({ snapshot, theme, width, now }: Frame): Painted {
  const { launches } = capacityView(snapshot);
  const items = launches.map(({ what, state, since, by }): readonly Span[] => [
    span(what),
    span(` ${state === 'OPEN' ? 'waits' : 'asked of EC2'} ${format.age(now - since)} by ${by}`, 'dim'),
  ]);
  return paintItems(theme, width, {
    label: 'Under way',
    items: items.length === 0 ? [[span('no launch and no end', 'dim')]] : items,
  });
}

function poolLinks(_: Frame, id: string): readonly Link[] {
  return [
    { screen: 'market', id, label: 'its price' },
    { screen: 'workers', id: '', filter: `pool:${id}`, label: 'its workers' },
  ];
}

/** Of a pool: how it stands. Then the decision it is part of, with what was not chosen. */
function capacityWhy({ snapshot, now }: Frame, id: string): readonly string[] {
  const { why, whyFrom, rejected, pools } = capacityView(snapshot);
  const pool = pools.find((line) => line.id === id);
  const own = pool === undefined ? [] : [`${LOOKS[pool.standing].word}: ${noteOf(pool, { at: now })}`];
  const decided = `${whyFrom === 'leader' ? 'the leader' : 'worked out here'}: ${why}`;
  return [id || 'capacity', ...own, decided, ...rejected.map((one) => `not chosen: ${one}`)];
}

function drawPool(frame: Frame, id: string, height: number): readonly Painted[] {
  const { snapshot, theme, width, now } = frame;
  const pool = capacityView(snapshot).pools.find((line) => line.id === id);
  if (pool === undefined) return [paintLine(theme, width, [span(' no pool under the cursor', 'dim')])];
  const { counts, standing, shareMax } = pool;
  const look = LOOKS[standing];
  const bid = pool.bidUsdPerHour;
  const held = counts.busy + counts.idle + counts.booting;
  return [
    paintLine(theme, width, [span(` ${pool.id}`, 'strong'), span(`  ${theme.glyphs[look.glyph]} ${look.word}`, look.tone)]),
    BLANK,
    ...paintFields(theme, width, [
      { label: 'why', text: noteOf(pool, { at: now }), tone: look.tone },
      { label: 'share', text: shareMax === 0 ? 'none: it is not used' : `${held} of ${shareMax} at most (${snapshot.settings.maxPoolSharePct}% of ${snapshot.settings.targetWorkers})` },
      { label: 'workers', text: `${counts.busy} busy, ${counts.idle} idle, ${counts.booting} booting, ${counts.leaving} leaving, ${counts.lost} lost` },
      { label: 'launching', text: pool.launching === 0 ? 'none' : `${pool.launching} asked for` },
      undefined,
      { label: 'price', text: `${format.price(pool.priceUsdPerHour)} $/h, ${format.percent(pool.onDemandPct)} of on-demand ${format.price(pool.onDemandUsdPerHour)}` },
      { label: 'bid', text: bid === undefined ? 'none' : bid === 0 ? 'none: on-demand' : `${format.price(bid)} $/h, for new launches` },
      ...(pool.cost === '' || standing === 'open' ? [] : [{ label: 'worth', text: pool.cost }]),
      undefined,
      { label: 'goes to', text: `${frame.keymap.shown(']')} its price   ${frame.keymap.shown('}')} its workers` },
    ]),
  ].slice(0, height); // prettier-ignore
}

export const CAPACITY: ScreenSpec = {
  ...tableParts(CAPACITY_TABLE),
  pageRows: (_, bodyRows) => Math.max(1, bodyRows - HEAD_ROWS - 1),
  headRows: () => HEAD_ROWS + 1,
  draw: drawCapacity,
  detail: drawPool,
  links: poolLinks,
  why: capacityWhy,
  hasMarks: false,
};
