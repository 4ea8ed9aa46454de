import type { ReactNode } from 'react';

export interface RegionSceneProps {
  /** Unique on the page: the sky's gradient is named after it. */
  readonly id: string;
  /** `coast`, `river`, `savanna`, `hills`, `estuary`, `mangrove`, `city`; any other is drawn as savanna. */
  readonly landscape: string | null;
  readonly isDay: boolean;
}

/** The land around a place, by day and by night. Decoration: it says nothing that the words do not. */
export function RegionScene({ id, landscape, isDay }: RegionSceneProps) {
  const draw = (landscape !== null && Object.hasOwn(LANDS, landscape) && LANDS[landscape]) || Savanna;
  return (
    <svg
      className={isDay ? 'scene day' : 'scene night'}
      viewBox="0 0 800 220"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <linearGradient id={`${id}-sky`} x2="0" y2="1">
        <stop className="sky-top" />
        <stop className="sky-low" offset="1" />
      </linearGradient>
      <rect width="800" height="220" fill={`url(#${id}-sky)`} />
      {isDay ? <Sun /> : <MoonAndStars />}
      {draw()}
    </svg>
  );
}

const Sun = () => (
  <>
    <circle className="halo" cx="610" cy="62" r="46" />
    <circle className="sun" cx="610" cy="62" r="27" />
  </>
);

const MoonAndStars = () => (
  <>
    <path className="moon" d="M622 38a28 28 0 1 0 18 42 24 24 0 0 1-18-42z" />
    <path
      className="stars"
      d="M90 40h0M170 78h0M250 30h0M318 92h0M390 48h0M452 22h0M512 84h0M560 30h0M700 50h0M746 96h0M40 100h0"
    />
  </>
);

const Ground = ({ d, mark = 'near' }: { readonly d: string; readonly mark?: 'far' | 'middle' | 'near' }) => (
  <path className={mark} d={d} />
);

/** A baobab 80 high that stands at the origin. */
const Baobab = ({ at, size = 1 }: { readonly at: readonly [number, number]; readonly size?: number }) => (
  <g transform={`translate(${at[0]} ${at[1]}) scale(${size})`}>
    <path
      className="tree"
      d="M-13 0C-9-18-15-30-12-46-22-50-30-60-38-62l14 2-6-12 12 14 6 2-4-20 9 18 3-24 4 24 8-16-4 18 12-8 8-12-4 13 14-3C20-60 14-52 11-46 15-30 8-16 14 0z"
    />
    <path
      className="leaf"
      d="M-44-61c6-8 14-5 16-1 6-4 12 0 12 3-8 4-22 4-28-2zM-12-78c4-8 12-8 15-3 7-4 14 0 14 5-8 4-22 4-29-2zM18-66c4-7 12-6 14-2 7-3 12 1 12 4-8 4-20 3-26-2z"
    />
  </g>
);

/** A coconut palm 90 high. */
const Palm = ({ at, size = 1 }: { readonly at: readonly [number, number]; readonly size?: number }) => (
  <g transform={`translate(${at[0]} ${at[1]}) scale(${size})`}>
    <path className="trunk" d="M0 0C-2-34 2-60 16-84" />
    <path
      className="leaf"
      d="M16-84C2-98-14-94-24-80-12-86 2-86 16-84zM16-84C10-104-8-110-22-102-6-102 6-96 16-84zM16-84c0-18 14-28 30-24C32-104 22-96 16-84zM16-84c14-12 30-8 40 6-12-6-26-8-40-6zM16-84c10-2 22 8 22 24-6-12-14-20-22-24zM16-84C6-80-4-70-4-58 2-70 8-78 16-84z"
    />
  </g>
);

/** A fishing boat with its painted side. */
const Pirogue = ({ at }: { readonly at: readonly [number, number] }) => (
  <g transform={`translate(${at[0]} ${at[1]})`}>
    <path className="boat" d="M-52-12C-30 0 30 0 58-16 46 4 34 9 18 9h-40C-36 9-46 2-52-12z" />
    <path className="stripe" d="M-45-4C-24 4 26 4 50-7" />
  </g>
);

const Hut = ({ at }: { readonly at: readonly [number, number] }) => (
  <g transform={`translate(${at[0]} ${at[1]})`}>
    <path className="wall" d="M-17 0v-20h34V0z" />
    <path className="roof" d="M-25-18 0-46l25 28z" />
  </g>
);

function Savanna() {
  return (
    <>
      <Ground mark="far" d="M0 160c120-16 240-4 380-14s280-4 420 2v72H0z" />
      <Ground mark="middle" d="M0 176c160-10 300 6 460-4s240-4 340 2v46H0z" />
      <Baobab at={[170, 184]} size={1.15} />
      <Baobab at={[470, 174]} size={0.62} />
      <Hut at={[330, 184]} />
      <Hut at={[386, 188]} />
      <Ground d="M0 190c220-8 420 8 800-2v32H0z" />
      <path className="grass" d="M60 204l4-14 3 14m48 4 5-16 3 16m420-8 4-14 4 14m96 4 4-16 4 16" />
    </>
  );
}

function Coast() {
  return (
    <>
      <path className="water" d="M0 136h800v84H0z" />
      <path className="wave" d="M60 152h60m40 12h44m160-14h70m60 14h52m120-12h60" />
      <Ground mark="middle" d="M800 128c-80 6-120 18-190 20 60 6 120 4 190 2z" />
      <Ground d="M0 176c110-6 200 8 300 18s180 20 300 26H0z" />
      <Palm at={[96, 184]} size={1.2} />
      <Palm at={[150, 190]} size={0.9} />
      <Pirogue at={[430, 178]} />
      <Pirogue at={[610, 160]} />
    </>
  );
}

function River() {
  return (
    <>
      <Ground mark="far" d="M0 148c160-14 300-2 440-8s250-6 360 2v78H0z" />
      <path className="water" d="M800 152c-150 2-260 8-330 18s-60 20-150 26-180 10-240 24h720z" />
      <path className="wave" d="M520 178h70m-160 18h60m180-4h60" />
      <Ground mark="middle" d="M0 164c120-8 260-4 400 0-90 10-110 26-200 34S60 210 0 212z" />
      <Palm at={[120, 180]} />
      <Palm at={[330, 164]} size={0.5} />
      <Hut at={[214, 178]} />
      <Pirogue at={[600, 192]} />
      <path className="grass" d="M340 196l3-16 4 16m8 0 3-20 4 20m8-2 3-15 4 15" />
    </>
  );
}

function Hills() {
  return (
    <>
      <Ground mark="far" d="M0 150c60-10 100-54 160-58s90 34 140 34 90-66 170-70 110 60 170 66 110-8 160-4v102H0z" />
      <Ground mark="middle" d="M0 172c90-8 140-40 220-40s120 34 220 34 130-38 210-36 110 26 150 30v60H0z" />
      <Ground d="M0 192c180-12 420 10 800-6v34H0z" />
      <Baobab at={[640, 192]} size={0.8} />
      <Hut at={[210, 194]} />
      <Hut at={[262, 198]} />
    </>
  );
}

function Estuary() {
  return (
    <>
      <Ground mark="far" d="M0 146c200-6 330 2 420-2s260-4 380 0v20H0z" />
      <path className="water" d="M0 156h800v64H0z" />
      <path className="wave" d="M40 172h70m90 16h60m130-18h60m50 22h70m110-20h60" />
      <Ground
        mark="middle"
        d="M0 168c70-8 150-6 220 4-60 8-150 12-220 10zM800 170c-70-8-130-4-190 4 50 8 130 10 190 8z"
      />
      <Palm at={[80, 172]} size={0.9} />
      <Palm at={[700, 172]} size={0.7} />
      <Pirogue at={[330, 190]} />
      <path className="birds" d="M430 70q9-9 16 0 8-9 16 0M490 92q7-7 13 0 6-7 13 0M390 98q6-6 11 0 5-6 11 0" />
    </>
  );
}

function Mangrove() {
  return (
    <>
      <Ground mark="far" d="M0 140c120-20 200-4 320-14s300-10 480 4v90H0z" />
      <path className="water" d="M0 172h800v48H0z" />
      <path className="wave" d="M90 192h60m140 12h70m120-14h60m110 12h60" />
      <path
        className="leaf"
        d="M20 150c10-34 70-40 90-16 20-22 70-14 80 12 20 4 20 14 6 16H30c-16 0-20-8-10-12zM560 146c16-32 76-34 96-8 24-20 72-8 78 14 18 4 16 12 4 14H564c-18 0-22-14-4-20z"
      />
      <path
        className="trunk"
        d="M60 160c-4 10-14 18-18 28m26-28c0 12-4 20-4 30m14-30c6 10 12 18 16 28m52-28c-6 12-12 20-14 28m24-28c0 12 2 20 6 28m434-28c-6 12-12 18-14 28m26-28c0 14 2 20 2 28m56-28c-4 12-8 18-10 28m22-28c4 12 8 18 14 26"
      />
      <Pirogue at={[400, 196]} />
    </>
  );
}

function City() {
  return (
    <>
      <path className="water" d="M0 176h800v44H0z" />
      <Ground
        mark="far"
        d="M0 176v-40h40v-22h36v30h30v-58h34v40h44v-26h28v36h46v-64h10v-22h6v22h10v70h40v-34h50v26h36v-50h40v38h50v-24h40v30h46v-44h34v34h60v-16h60v74z"
      />
      <Ground
        mark="middle"
        d="M0 182v-22h60v-14h50v18h70v-22h44v16h80v-10h60v20h90v-26h40v18h70v-12h60v20h80v-16h96v30z"
      />
      <path
        className="windows"
        d="M116 100h0m12 14h0m-12 14h0m154-40h0m10 16h0m-10 16h0m176 4h0m14-12h0m130 16h0m12-14h0"
      />
      <path className="wave" d="M80 196h60m200 8h70m160-10h60" />
      <Palm at={[700, 190]} size={0.7} />
    </>
  );
}

const LANDS: Readonly<Record<string, () => ReactNode>> = {
  savanna: Savanna,
  coast: Coast,
  river: River,
  hills: Hills,
  estuary: Estuary,
  mangrove: Mangrove,
  city: City,
};
