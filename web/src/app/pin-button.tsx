import { useEffect, useState } from 'react';
import { togglePin, usePins } from './pins.ts';
import { useReader } from './reader.tsx';

/** Puts a region first on this machine. Appears once the page is alive: only a script can keep the choice. */
export function PinButton({ id, name }: { readonly id: string; readonly name: string }) {
  const { t } = useReader();
  const pins = usePins();
  const [isAlive, setAlive] = useState(false);
  useEffect(() => setAlive(true), []);
  return (
    <button
      type="button"
      className="pin"
      hidden={!isAlive}
      aria-pressed={pins.includes(id)}
      aria-label={t('web.pin', { place: name })}
      onClick={() => togglePin(id)}
    >
      <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
        <path d="M12 3l2.7 5.8 6.3.8-4.6 4.3 1.2 6.2L12 17l-5.6 3.1 1.2-6.2L3 9.6l6.3-.8z" />
      </svg>
    </button>
  );
}
