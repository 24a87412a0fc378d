// SPDX-License-Identifier: Apache-2.0

export const STYLE = `
:root { --ink: #10231f; --soft: #5b6f6a; --paper: #f5f7f4; --card: #fff; --line: #dfe6e1; --river: #0f766e; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
a { color: inherit; text-decoration: none; }
header { background: linear-gradient(115deg, #042f2e, #0f766e 70%, #14b8a6); color: #fff; }
header > div { max-width: 68rem; margin: auto; padding: 1.4rem 1.5rem; display: flex; gap: 1.5rem; align-items: center; }
header .brand { font-weight: 750; font-size: 1.35rem; letter-spacing: -.01em; display: flex; gap: .55rem; align-items: center; }
header .brand svg { width: 1.7rem; fill: none; stroke: #5eead4; stroke-width: 9; stroke-linecap: round; }
header nav { margin-left: auto; display: flex; gap: 1.4rem; font-size: .95rem; opacity: .92; }
header nav a:hover { text-decoration: underline; text-underline-offset: .3em; }
main { max-width: 68rem; margin: 0 auto; padding: 2rem 1.5rem 3rem; }
h1 { font-size: clamp(1.6rem, 4vw, 2.3rem); line-height: 1.15; letter-spacing: -.02em; margin: 0 0 .4rem; }
.lead { color: var(--soft); margin: 0 0 1.8rem; max-width: 40rem; }
.grid { display: grid; gap: 1.4rem; grid-template-columns: repeat(auto-fill, minmax(16.5rem, 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 16px; overflow: hidden; display: block;
  transition: transform .15s, box-shadow .15s; }
a.card:hover, a.card:focus-visible { transform: translateY(-3px); box-shadow: 0 12px 28px rgb(16 35 31 / .13); }
.tile { display: grid; place-items: center; aspect-ratio: 3 / 2; }
.tile svg { width: 46%; fill: rgb(255 255 255 / .16); stroke: #fff; stroke-width: 3.5; stroke-linecap: round;
  stroke-linejoin: round; }
.card .text { padding: 1rem 1.15rem 1.2rem; }
.card h2 { font-size: 1.08rem; margin: 0 0 .15rem; }
.price { font-weight: 700; font-variant-numeric: tabular-nums; }
.price s { color: var(--soft); font-weight: 400; margin-left: .5rem; }
.off { background: #fee2e2; color: #b91c1c; font-size: .78rem; font-weight: 700; border-radius: 99px; padding: .1rem .55rem;
  margin-left: .5rem; }
.stars { color: #d97706; letter-spacing: .08em; }
.stars small { color: var(--soft); letter-spacing: 0; margin-left: .35rem; }
.stock { color: var(--soft); background: #eef3f0; font-size: .82rem; font-variant-numeric: tabular-nums; white-space: nowrap;
  border-radius: 99px; padding: .15rem .65rem; }
.stock.few { background: #fef3c7; color: #92400e; font-weight: 650; }
.card .stock { float: right; margin-left: .6rem; }
.live { display: inline-flex; gap: .4rem; align-items: center; font-size: .78rem; color: #99f6e4; }
.live[hidden] { display: none; }
.live::before { content: ''; width: .5rem; height: .5rem; border-radius: 50%; background: #2dd4bf;
  animation: pulse 2s infinite; }
@keyframes pulse { 50% { opacity: .25; } }
.toasts { position: fixed; right: max(1.5rem, calc(50vw - 32.5rem)); top: 5.9rem; display: grid; gap: .6rem; justify-items: end; }
.toasts a { background: #042f2e; color: #f0fdfa; border-radius: 12px; padding: .7rem 1.1rem; font-size: .93rem;
  box-shadow: 0 10px 26px rgb(16 35 31 / .3); animation: arrive .25s ease-out; }
.toasts strong { color: #5eead4; }
@keyframes arrive { from { opacity: 0; transform: translateY(-.8rem); } }
@media (prefers-reduced-motion: reduce) { .live::before, .toasts a { animation: none; } }
.product { display: grid; gap: 2.2rem; grid-template-columns: minmax(0, 1.1fr) minmax(0, 1fr); align-items: start; }
.product .tile { border-radius: 20px; }
.product .price { font-size: 1.5rem; margin: .8rem 0; }
button { font: inherit; font-weight: 650; color: #fff; background: var(--river); border: 0; border-radius: 12px;
  padding: .8rem 1.7rem; cursor: pointer; }
button:hover { background: #115e59; }
.reviews { margin-top: 2.6rem; display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); }
blockquote { margin: 0; padding: 1.1rem 1.3rem; background: var(--card); border: 1px solid var(--line); border-radius: 14px; }
blockquote footer { color: var(--soft); font-size: .9rem; margin-top: .4rem; }
.version { display: inline-flex; gap: .5rem; align-items: center; font-size: .88rem; border-radius: 99px; padding: .25rem .8rem;
  background: #e2e8e5; color: var(--ink); }
.version::before { content: ''; width: .6rem; height: .6rem; border-radius: 50%; background: #64748b; }
.version.v2 { background: #ccfbf1; } .version.v2::before { background: #0d9488; }
table { border-collapse: collapse; width: 100%; background: var(--card); border-radius: 14px; overflow: hidden; }
td, th { text-align: left; padding: .7rem 1.1rem; border-bottom: 1px solid var(--line); }
.note { background: #fffbeb; border: 1px solid #fde68a; border-radius: 12px; padding: .8rem 1.1rem; }
body > footer { max-width: 68rem; margin: auto; padding: 0 1.5rem 3rem; color: var(--soft); font-size: .88rem; }
@media (max-width: 46rem) { .product { grid-template-columns: 1fr; } }
`;
