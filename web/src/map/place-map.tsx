import { placeLabels } from './labels.ts';
import { type Located, type Outline, project } from './projection.ts';

export interface MapPlace extends Located {
  readonly id: string;
  readonly name: string;
  /** Printed beside the name: `31°`; `null`: nothing is known. */
  readonly value: string | null;
  readonly state: 'fresh' | 'late' | 'missing' | 'empty';
  /** The colour of its value, 1 to 7; `null`: nothing is known. */
  readonly step: number | null;
  /** The page is about this one. */
  readonly isCurrent?: boolean;
  readonly href: string;
  /** The whole sentence, for who hears the map. */
  readonly sentence: string;
}

export interface PlaceMapProps {
  readonly outline: Outline;
  /** Address of the file with its shapes: `land`, `home` and `borders`. */
  readonly shapes: string;
  readonly places: readonly MapPlace[];
  readonly name: string;
}

/** The places on their country, each a link; Tab goes from north to south. */
export function PlaceMap({ outline, shapes, places, name }: PlaceMapProps) {
  const northFirst = [...places].sort((a, b) => b.latitude - a.latitude);
  const points = northFirst.map((place) => ({
    id: place.id,
    ...project(outline, place),
    text: place.value === null ? place.name : `${place.name} ${place.value}`,
  }));
  const placed = placeLabels(points, outline);
  return (
    <nav aria-label={name} className="map">
      {/* biome-ignore lint/a11y/noSvgWithoutTitle: the landmark around it has the name, each link its sentence. */}
      <svg viewBox={`0 0 ${outline.width} ${outline.height}`}>
        <rect className="map-water" width={outline.width} height={outline.height} />
        <use className="map-land" href={`${shapes}#land`} />
        <use className="map-home" href={`${shapes}#home`} />
        <use className="map-border" href={`${shapes}#borders`} />
        {northFirst.map((place, index) => {
          const label = placed[index];
          if (!label) return null;
          return (
            <a
              key={place.id}
              href={place.href}
              aria-label={place.sentence}
              className={`map-place ${place.state}${place.isCurrent ? ' map-current' : ''}`}
              aria-current={place.isCurrent ? 'page' : undefined}
            >
              <circle className="map-target" cx={label.x} cy={label.y} r="21" />
              {label.leader && (
                <line className="map-leader" x1={label.x} y1={label.y} x2={label.leader.x} y2={label.leader.y} />
              )}
              <circle
                className={`map-point${place.step === null ? '' : ` heat-${place.step}`}`}
                cx={label.x}
                cy={label.y}
                r={place.isCurrent ? 8 : 6}
              />
              <text className="map-label" x={label.textX} y={label.textY}>
                {place.name}
                {place.value !== null && <tspan className="map-value"> {place.value}</tspan>}
              </text>
            </a>
          );
        })}
      </svg>
    </nav>
  );
}
