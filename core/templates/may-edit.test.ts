import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Role } from '#core/identity/roles.ts';
import { type TemplateLayer, templateLayers } from './document.ts';
import { mayEditLayer } from './may-edit.ts';

const table: Record<Role, TemplateLayer[]> = {
  owner: ['system', 'workspace', 'user'],
  admin: ['workspace', 'user'],
  member: ['user'],
  viewer: [],
};

for (const [role, layers] of Object.entries(table) as [Role, TemplateLayer[]][]) {
  test(`${role} writes ${layers.join(', ') || 'no layer'}`, () => {
    assert.deepEqual(
      templateLayers.filter((layer) => mayEditLayer(role, layer)),
      layers,
    );
  });
}
