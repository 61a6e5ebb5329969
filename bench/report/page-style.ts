/** The looks of the page: one column that fits a telephone, and two where there is room. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: light-dark(#1b1f24, #e6e8eb); --dim: light-dark(#59636e, #9aa4af);
  --paper: light-dark(#fff, #14171a); --card: light-dark(#f6f8fa, #1c2126); --rule: light-dark(#d8dee4, #343b42);
  --best: #1a8f5a; --stock: #c2410c; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1500px; padding: 16px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: .2em 0; } h2 { font-size: 1.25rem; margin: 0; overflow-wrap: anywhere; } h3 { font-size: 1rem; margin: 1.2em 0 .4em; }
p { margin: .4em 0; } code { overflow-wrap: anywhere; font-size: .85em; } .dim, small { color: var(--dim); }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 16px; margin: 18px 0; }
.warn { border-left: 4px solid var(--stock); padding-left: 10px; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr); gap: 0 28px; }
@media (min-width: 1000px) { .columns { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--rule); vertical-align: top; } th { color: var(--dim); font-weight: 500; }
td { min-width: 5.5em; } td:first-child { font-weight: 600; white-space: nowrap; }
.interval { display: grid; grid-template-columns: 84px 1fr; gap: 0 16px; align-items: center; margin: 5px 0; font-size: .88rem; --tone: #4f7cff; }
.interval.best { --tone: var(--best); } .interval.stock { --tone: var(--stock); }
.interval span { position: relative; height: 14px; border-bottom: 1px solid var(--rule); margin: 0 8px; transform: translateY(-7px); }
.interval u { position: absolute; bottom: -2px; height: 3px; background: var(--tone); } .interval s { position: absolute; bottom: -6px; width: 11px; height: 11px; margin-left: -5.5px; border-radius: 50%; background: var(--tone); }
.interval em { grid-column: 2; font-style: normal; color: var(--dim); font-size: .82rem; }
@media (max-width: 999px) { td, th { white-space: nowrap; } }
.bar { display: grid; grid-template-columns: 84px 1fr; gap: 0 10px; align-items: center; margin: 5px 0; font-size: .88rem; }
.bar b { font-weight: 600; } .bar span { display: flex; height: 14px; background: var(--rule); border-radius: 3px; overflow: hidden; }
.bar em { grid-column: 2; font-style: normal; color: var(--dim); font-size: .82rem; } i { display: inline-block; height: 100%; }
.legend { font-size: .82rem; color: var(--dim); } .legend span { margin-right: 12px; white-space: nowrap; } .legend i { width: 10px; height: 10px; margin-right: 5px; }
i.throttled { background: #8250df; } i.runqueue_sharing { background: #d9480f; } i.self { background: #e0a800; }
i.system { background: #0b7285; } i.steal { background: #495057; } i.unexplained { background: #adb5bd; }
.curve { margin: 4px 0 14px; } .u-legend { font-size: 12px; text-align: left; } .u-legend .u-value { min-width: 4.5em; }
`;
