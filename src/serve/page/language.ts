import type { PageLanguage } from '../page-contract.ts';

/** The first of our languages in an Accept-Language header, by its weights; French when it names neither. */
export function languageOf(header: string | undefined): PageLanguage {
  const wanted = (header ?? '')
    .split(',')
    .slice(0, 20)
    .map((one, index) => {
      const [name = '', ...parameters] = one.trim().toLowerCase().split(';');
      const q = Number(parameters.find((parameter) => parameter.trim().startsWith('q='))?.split('=')[1] ?? 1);
      return { language: name.split('-')[0] ?? '', q: Number.isFinite(q) ? q : 0, index };
    })
    .filter(({ language, q }) => (language === 'fr' || language === 'en') && q > 0)
    .sort((a, b) => b.q - a.q || a.index - b.index);
  return wanted[0]?.language === 'en' ? 'en' : 'fr';
}
