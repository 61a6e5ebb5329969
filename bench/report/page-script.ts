/** What runs in the page: draws the curves, as wide as there is room. */
export const pageScript = `
const curves = JSON.parse(document.getElementById('curves').textContent);
const colours = ['#4f7cff', '#d9480f', '#1a8f5a', '#8250df', '#0b7285', '#e0a800', '#c2255c', '#74b816', '#495057', '#15aabf'];
const ink = () => getComputedStyle(document.body).color;
const short = (v) => v == null ? '' : v >= 100 ? Math.round(v).toString() : v >= 1 ? String(+v.toFixed(1)) : String(+v.toPrecision(2));
function draw(holder) {
  const c = curves[holder.dataset.curve];
  const axis = { stroke: ink, grid: { stroke: '#8884', width: 1 }, ticks: { stroke: '#8884' } };
  const ticks = c.xTicks && { splits: () => c.xTicks.map((t) => t[0]), values: () => c.xTicks.map((t) => t[1]) };
  const xText = (v) => { const t = (c.xTicks || []).find((t) => Math.abs(t[0] - v) < 1e-9); return t ? t[1] : c.xTicks ? 'p' + +(100 * (1 - Math.pow(10, -v))).toFixed(2) : short(v) + ' ' + c.xLabel; };
  const decade = (v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9;
  const chart = new uPlot({
    width: holder.clientWidth, height: 280,
    scales: { x: { time: false }, y: c.yLog ? { distr: 3 } : { range: (u, lo, hi) => [0, Math.max(hi * 1.1, 0.05)] } },
    axes: [{ ...axis, ...ticks, ...(c.xLabel && { label: c.xLabel, labelSize: 20 }) },
      { ...axis, size: 54, values: (u, vs) => vs.map((v) => v == null ? '' : c.yLog && !decade(v) ? '' : short(v)), label: c.yLabel, labelSize: 18 }],
    series: [{ label: 'at', value: (u, v) => v == null ? '' : xText(v) }].concat(c.series.map((s, i) => ({
      label: s.name, stroke: colours[i % colours.length], width: 2, points: { size: 5 }, spanGaps: true,
      value: (u, v) => v == null ? '' : short(v) + ' ' + c.yLabel }))),
  }, [c.x].concat(c.series.map((s) => s.y)), holder);
  addEventListener('resize', () => chart.setSize({ width: holder.clientWidth, height: 280 }));
}
document.querySelectorAll('.curve').forEach(draw);
`;
