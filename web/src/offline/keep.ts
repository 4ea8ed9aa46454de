/** Lets the worker keep what this reader sees. Who asked for few bytes is spared what the worker loads ahead. */
export function keepForLater(saveData: boolean): void {
  if (saveData || !('serviceWorker' in navigator)) return;
  const wasKept = navigator.serviceWorker.controller !== null;
  const tell = async () => {
    try {
      await navigator.serviceWorker.register('/sw.js');
      const { active } = await navigator.serviceWorker.ready;
      // The very first page was loaded before anybody could keep it.
      if (!wasKept) active?.postMessage({ keep: window.location.pathname + window.location.search });
    } catch {
      // A browser that keeps nothing shows the page all the same.
    }
  };
  if (document.readyState === 'complete') void tell();
  else window.addEventListener('load', () => void tell(), { once: true });
}
