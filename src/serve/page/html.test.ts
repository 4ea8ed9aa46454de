import assert from 'node:assert/strict';
import { test } from 'node:test';
import { html } from './html.ts';

test('values are escaped unless they are our own markup', () => {
  assert.equal(
    html`<p>${'<b>'}${html`<i>${'&'}</i>`}${null}${false}${0}${['"', "'"]}</p>`.text,
    '<p>&lt;b&gt;<i>&amp;</i>0&quot;&#39;</p>',
  );
});
