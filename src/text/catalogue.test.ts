import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogueProblems, compileCatalogue } from './compile-catalogue.ts';
import { pseudoCatalogue } from './pseudo.ts';
import { texts } from './texts.ts';

const FR = compileCatalogue({
  late: '{count, plural, one {# région} many {# de régions} other {# régions}} en retard',
  since: 'depuis {clock}, c’est l’étape {stage, select, poll {de collecte} other {inconnue}}',
});

describe('texts', () => {
  it('say no region in the singular in French and a million with its preposition', () => {
    const { text } = texts('fr', FR);
    assert.equal(text('late', { count: 0 }), '0 région en retard');
    assert.equal(text('late', { count: 1 }), '1 région en retard');
    assert.equal(text('late', { count: 13 }), '13 régions en retard');
    assert.equal(text('late', { count: 1_000_000 }).replace(/\s/g, ' '), '1 000 000 de régions en retard');
  });

  it('say no region in the plural in English', () => {
    const { text } = texts('en', compileCatalogue({ late: '{count, plural, one {# region} other {# regions}} late' }));
    assert.equal(text('late', { count: 0 }), '0 regions late');
    assert.equal(text('late', { count: 1 }), '1 region late');
    assert.equal(text('late', { count: 10_000 }), '10,000 regions late');
  });

  it('fill in values by name and choose by word', () => {
    const { text } = texts('fr', FR);
    assert.equal(text('since', { clock: '13:15', stage: 'poll' }), 'depuis 13:15, c’est l’étape de collecte');
    assert.equal(text('since', { clock: '13:15', stage: 'x' }), 'depuis 13:15, c’est l’étape inconnue');
  });

  it('are in brackets and odd letters in the pseudo-language, values untouched', () => {
    const { text } = texts('fr', pseudoCatalogue(FR));
    assert.equal(text('late', { count: 2 }), '⟦2 řéğïøñš ēñ řēŧářď⟧');
    assert.equal(text('since', { clock: 'midi', stage: 'poll' }), '⟦ďēpūïš midi, ç’ēšŧ ł’éŧápē ďē çøłłēçŧē⟧');
  });
});

describe('the check of two languages', () => {
  const problems = (fr: Record<string, string>, en: Record<string, string>) => catalogueProblems('area', { fr, en });

  it('finds a text that one language lacks or leaves empty', () => {
    assert.deepEqual(problems({ a: 'un', b: 'deux' }, { a: 'one' }), ['area: b has no text in en']);
    assert.deepEqual(problems({ a: ' ' }, { a: 'one' }), ['area: a has no text in fr']);
  });

  it('finds a value that one language does not use', () => {
    assert.deepEqual(problems({ a: 'à {place}' }, { a: 'there' }), ['area: a takes other values in another language']);
  });

  it('finds a plural form that the language needs, also inside another choice', () => {
    const en = '{n, plural, one {#} other {#}}';
    assert.deepEqual(problems({ a: en }, { a: en }), ['area: a lacks the form "many" of {n} in fr']);
    const nested = (inner: string) => `{k, select, x {${inner}} other {y}}`;
    assert.deepEqual(problems({ a: nested(en) }, { a: nested(en) }), ['area: a lacks the form "many" of {n} in fr']);
  });

  it('names the message that is not ICU', () => {
    assert.throws(() => compileCatalogue({ broken: '{count, plural, one {x}' }), /^Error: broken: /);
  });
});
