import { createHash, type KeyObject, sign } from 'node:crypto';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import {
  bits,
  boolean,
  type Der,
  element,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  tagged,
  time,
  utf8,
} from './der.ts';

/** What a certificate says; keys are P-256, the signature is ECDSA with SHA-256 (RFC 5480, 5758). */
export interface CertificateFacts {
  subject: Name;
  issuer: Name;
  publicKey: KeyObject;
  issuerKey: KeyObject;
  serial: Uint8Array;
  from: Date;
  until: Date;
  /** The one host it stands for; none for an authority. */
  host?: string;
}

/** `[O, CN]`, in the order of the door's subject; either may be empty. */
export interface Name {
  organisation: string;
  common: string;
}

const ecdsaSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** A certificate (RFC 5280) in PEM: an authority's, or a server's when it names a host. */
export function issueCertificate(facts: CertificateFacts, signer: KeyObject): string {
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))),
    integer(facts.serial),
    ecdsaSha256,
    nameOf(facts.issuer),
    sequence(time(facts.from), time(facts.until)),
    nameOf(facts.subject),
    facts.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...extensionsOf(facts))),
  );
  const signature = sign('sha256', body, signer);
  const text = sequence(body, ecdsaSha256, bits(signature)).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text.trimEnd()}\n-----END CERTIFICATE-----\n`;
}

function extensionsOf({ host, publicKey, issuerKey }: CertificateFacts): Der[] {
  const issuedBy = extension('2.5.29.35', false, sequence(element(0x80, keyId(issuerKey))));
  const ours = extension('2.5.29.14', false, octets(keyId(publicKey)));
  if (host === undefined) {
    const onlyLeaves = sequence(boolean(true), integer(Buffer.from([0])));
    const signsCertificates = bits(Buffer.from([0x04]), 2);
    return [extension('2.5.29.19', true, onlyLeaves), extension('2.5.29.15', true, signsCertificates), ours];
  }
  return [
    extension('2.5.29.19', true, sequence()),
    extension('2.5.29.15', true, bits(Buffer.from([0x80]), 7)),
    extension('2.5.29.37', false, sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', false, sequence(alternativeName(host))),
    ours,
    issuedBy,
  ];
}

function alternativeName(host: string): Der {
  return isIP(host)
    ? element(0x87, Buffer.from(ipaddr.parse(host).toByteArray()))
    : element(0x82, Buffer.from(host, 'ascii'));
}

function extension(id: string, critical: boolean, content: Der): Der {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octets(content));
}

function nameOf({ organisation, common }: Name): Der {
  const part = (id: string, text: string) => (text === '' ? [] : [setOf(sequence(objectId(id), utf8(text)))]);
  return sequence(...part('2.5.4.10', organisation), ...part('2.5.4.3', common));
}

function keyId(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}
