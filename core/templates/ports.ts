import type { TemplateLayer } from './document.ts';
import type { Merged } from './merge.ts';

/** One layer's place for one template. `ownerId`: empty for the system, else a workspace's or a user's id. */
export interface TemplateSlot {
  layer: TemplateLayer;
  ownerId: string;
  name: string;
}

/** One version as it is kept; without text the layer's word was taken back. Version 0 is shipped. */
export interface StoredTemplate extends TemplateSlot {
  version: number;
  text: string | null;
  /** A user; empty for what is shipped. */
  createdBy: string;
  createdAt: string | null;
}

/** Whose layers apply. */
export interface TemplateReader {
  workspaceId: string;
  userId: string;
}

/** Where versions are kept. Nothing in it is ever changed. */
export interface TemplateStore {
  /** The newest version of every slot that this reader's layers hold, also of those taken back. */
  newest(reader: TemplateReader, name?: string): Promise<StoredTemplate[]>;
  /** All versions of a slot, newest first. */
  versions(slot: TemplateSlot): Promise<StoredTemplate[]>;
  /** Adds the slot's next version and gives its number; safe when several do so at once. */
  add(slot: TemplateSlot, text: string | null, by: string): Promise<number>;
  /** What a channel's new sessions are given; without a channel, the workspace's. Null takes the choice back. */
  choose(place: ChannelPlace, template: string | null, by: string): Promise<void>;
  choices(workspaceId: string): Promise<{ channel: string | null; template: string }[]>;
}

/** A channel of a workspace; null: the whole workspace. */
export interface ChannelPlace {
  workspaceId: string;
  channel: string | null;
}

/** A template in a list. */
export interface TemplateEntry {
  name: string;
  about: string;
  layers: { layer: TemplateLayer; version: number }[];
}

/** What agents are, in layers. */
export interface Templates {
  /** @throws {DeckhandError} `template.unknown`, with those that there are */
  resolve(name: string, reader: TemplateReader): Promise<Merged>;
  list(reader: TemplateReader): Promise<TemplateEntry[]>;
  /** Newest first; what is shipped stands last, as version 0. */
  versions(slot: TemplateSlot): Promise<StoredTemplate[]>;
  /**
   * Adds a version; null takes the layer's word back. Gives what of it has no effect for this reader.
   * @throws {DeckhandError} `template.invalid`
   */
  save(
    slot: TemplateSlot,
    text: string | null,
    reader: TemplateReader,
  ): Promise<{ version: number; notes: string[] }>;
  /** @throws {DeckhandError} `template.unknown` */
  choose(place: ChannelPlace, template: string | null, reader: TemplateReader): Promise<void>;
  choices(workspaceId: string): Promise<{ channel: string | null; template: string }[]>;
}

export type TemplateProposalState = 'open' | 'applied' | 'dropped';

/** A new version of a template that somebody who may save it has not decided on yet, or has. */
export interface TemplateProposal extends TemplateSlot {
  proposalId: string;
  /** The version that was read when it was written; 0: what is shipped, or none. */
  base: number;
  /** Null: the layer's word is taken back. */
  text: string | null;
  why: string;
  proposedBy: { userId: string; name: string };
  proposedAt: string;
  state: TemplateProposalState;
  decidedBy: { userId: string; name: string } | null;
  decidedAt: string | null;
  appliedVersion: number | null;
}

export interface TemplateProposals {
  propose(
    of: TemplateSlot & { base: number; text: string | null; why: string; by: string },
  ): Promise<TemplateProposal>;
  byId(proposalId: string): Promise<TemplateProposal | null>;
  /** Oldest first. */
  open(): Promise<TemplateProposal[]>;
  /**
   * Makes it the slot's next version, in one transaction.
   * @throws {DeckhandError} `proposal_settled`, `template.changed`
   */
  apply(proposalId: string, by: string): Promise<void>;
  /** @throws {DeckhandError} `proposal_settled` */
  drop(proposalId: string, by: string): Promise<void>;
}
