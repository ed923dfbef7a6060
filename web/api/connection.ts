/** Whether the server answers. Kept outside React because the fetch client is what learns of it. */

type Listener = () => void;

const PROBE_EVERY_MS = 3_000;

let reachable = true;
let timer: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<Listener>();

function set(next: boolean): void {
  if (next === reachable) return;
  reachable = next;
  if (reachable) clearInterval(timer);
  else timer = setInterval(probe, PROBE_EVERY_MS);
  for (const listener of listeners) listener();
}

function probe(): void {
  fetch('/healthz', { cache: 'no-store' }).then(
    (response) => set(response.status < 500),
    () => set(false),
  );
}

export const connection = {
  lost: () => set(false),
  found: () => set(true),
  isReachable: () => reachable,
  subscribe(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

if (typeof window !== 'undefined') {
  window.addEventListener('offline', () => set(false));
  window.addEventListener('online', probe);
}
