import type { Scale } from './bench-scale.ts';

const width = 640;
const height = 300;
const top = 48;
const bottom = 40;
const panel = { width: 240, gap: 72, left: 56 };

/** Two panels side by side over the number of hosts: CPU per host, and the highest memory. */
export function scalePlot(rows: readonly Scale[]): string {
  const cost = panelOf(0, 'CPU per host, ms', rows, ({ cpu_s, hosts }) => (cpu_s / hosts) * 1000, 1);
  const memory = panelOf(1, 'peak memory of the process, MB', rows, ({ rss_mb }) => rss_mb, 0);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">
  <title>CPU and memory per host as the number of hosts grows</title>
  <rect width="${width}" height="${height}" fill="#fff"/>
${cost}${memory}</svg>
`;
}

function panelOf(
  index: number,
  title: string,
  rows: readonly Scale[],
  figureOf: (row: Scale) => number,
  digits: number,
): string {
  const left = panel.left + index * (panel.width + panel.gap);
  const floor = height - bottom;
  const most = Math.max(...rows.map(figureOf)) * 1.15;
  const powers = rows.map(({ hosts }) => Math.log10(hosts));
  const [lowest, highest] = [Math.min(...powers), Math.max(...powers)];
  const points = rows.map((row) => ({
    x: left + 24 + ((Math.log10(row.hosts) - lowest) / (highest - lowest)) * (panel.width - 48),
    y: floor - (figureOf(row) / most) * (floor - top),
    value: figureOf(row).toFixed(digits),
    hosts: row.hosts.toLocaleString('en'),
  }));
  const line = points.map(({ x, y }) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');
  const marks = points.map(
    ({ x, y, value, hosts }) => `  <circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="#1f6feb"/>
  <text x="${x.toFixed(1)}" y="${(y - 10).toFixed(1)}" text-anchor="middle">${value}</text>
  <text x="${x.toFixed(1)}" y="${floor + 18}" text-anchor="middle" fill="#555">${hosts}</text>
`,
  );
  return `  <text x="${left}" y="24" font-weight="bold">${title}</text>
  <path d="M${left} ${top}V${floor}H${left + panel.width}" fill="none" stroke="#999"/>
  <polyline points="${line}" fill="none" stroke="#1f6feb" stroke-width="2"/>
${marks.join('')}  <text x="${left + panel.width}" y="${height - 6}" text-anchor="end" fill="#555">hosts</text>
`;
}
