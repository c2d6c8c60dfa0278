// Keeps an open tracking page true. Without it the page is whole; with it nobody has to reload.
// It asks the page's own address, and takes <main> from the answer only when its version is another one.

const PAUSE_MS = 20_000;
const LONGEST_PAUSE_MS = 5 * 60_000;
let pause = PAUSE_MS;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

const shown = () => /** @type {HTMLElement | null} */ (document.querySelector('main[data-version]'));

async function look() {
  const here = shown();
  if (!here) return;
  const answer = await fetch(location.href, {
    headers: { Accept: 'text/html', 'If-None-Match': `"${here.dataset.version}"` },
    cache: 'no-store',
    signal: AbortSignal.timeout(10_000),
  });
  if (answer.status === 304) return;
  if (!answer.ok) throw new Error(String(answer.status));
  const news = new DOMParser().parseFromString(await answer.text(), 'text/html');
  const next = /** @type {HTMLElement | null} */ (news.querySelector('main[data-version]'));
  if (next && next.dataset.version !== here.dataset.version) swap(here, next, news.title);
}

/** @param {HTMLElement} here @param {HTMLElement} next @param {string} title */
function swap(here, next, title) {
  const before = here.querySelector('h1')?.textContent;
  const after = next.querySelector('h1')?.textContent ?? '';
  // What the reader has unfolded stays unfolded, and the focus stays where it was.
  for (const open of here.querySelectorAll('details[id][open]')) next.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute('open', '');
  const focus = here.contains(document.activeElement) ? document.activeElement?.closest('[id]')?.id : undefined;
  const change = () => {
    here.replaceWith(document.adoptNode(next));
    document.title = title;
    const place = focus ? document.getElementById(focus) : null;
    /** @type {HTMLElement | null} */ (place?.querySelector(':scope > summary') ?? place)?.focus({ preventScroll: true });
  };
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  if (document.startViewTransition && !still) document.startViewTransition(change);
  else change();
  const live = document.getElementById('live');
  if (live) live.textContent = before === after ? 'There is news of your order.' : after;
}

async function tick() {
  clearTimeout(timer);
  if (document.visibilityState === 'visible') {
    try {
      await look();
      pause = PAUSE_MS;
    } catch {
      // Offline or busy: ask less often, say nothing. The page still shows the last that was known.
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
  timer = setTimeout(tick, pause);
}

document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && tick());
timer = setTimeout(tick, pause);
