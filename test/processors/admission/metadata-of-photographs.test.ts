import { expect } from 'chai';
import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { admit, claimOf, Workshop } from '../decode/support/media.ts';
import { admitContent } from '../../../processors/admission/index.ts';
import { addImageTags } from '../../../processors/admission/metadata/image-tags.ts';
import { MetadataList } from '../../../processors/admission/metadata/entries.ts';

const photo = (): Sharp => sharp({ create: { width: 60, height: 40, channels: 3, background: 'green' } });
const xmpOf = (inner: string): string => `<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">${inner}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>`;

describe('metadata of photographs', () => {
  let shop: Workshop;
  before(async () => {
    shop = await Workshop.open();
  });
  after(() => shop.close());

  it('holds EXIF and XMP, in JPEG, PNG and WebP', async () => {
    for (const name of ['a.jpg', 'a.png', 'a.webp']) {
      const exif = { IFD0: { Make: 'Millwright', Model: 'Wheel 3', ImageDescription: 'A weir at dawn' }, IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '7/1 0/1 0/1' } };
      await photo().withExif(exif).withXmp(xmpOf('<dc:title><rdf:Alt><rdf:li xml:lang="x-default">The old weir</rdf:li></rdf:Alt></dc:title>')).toFile(shop.path(name));
      const { metadata } = (await admit(shop.path(name))).admitted;
      const found = metadata.map(({ namespace, key, value }) => `${namespace} ${key}=${value}`);
      expect(found, name).to.include.members(['exif Make=Millwright', 'exif ImageDescription=A weir at dawn', 'exif latitude=51.5', 'xmp title=The old weir']);
    }
  });

  it('gives the size as it is shown when EXIF turns the picture', async () => {
    await photo().withMetadata({ orientation: 6 }).jpeg().toFile(shop.path('turned.jpg'));
    expect((await admit(shop.path('turned.jpg'))).admitted).to.deep.include({ width: 40, height: 60 });
  });

  it('is bounded and clean, whatever a file or a producer brings', async () => {
    await photo().withExif({ IFD0: { ImageDescription: `\u0007bell\u001b[31m ${'x'.repeat(20_000)}` } }).jpeg().toFile(shop.path('loud.jpg'));
    const attributes = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`key${index}`, `\ud800value\u0000${'y'.repeat(3000)}`]));
    const { metadata } = (await admitContent({ ...await claimOf(shop.path('loud.jpg')), attributes })).admitted;
    expect(metadata.length).to.be.within(1, 200);
    expect(metadata.reduce((sum, { key, value }) => sum + key.length + value.length, 0)).to.be.at.most(65_536);
    for (const { value } of metadata) {
      expect(value).to.not.match(/[\p{Cc}\p{Cs}]/u);
      expect(value.length).to.be.at.most(2000);
    }
  });

  it('that is broken is hardly there, and ends within the time-out', async () => {
    const hostile = [
      '<'.repeat(16_000), '<a '.repeat(5000), '<rdf:li>'.repeat(2000), `<rdf:Description ${'a="b" '.repeat(2500)}`, `${'<x:a>'.repeat(1500)}${'</x:b>'.repeat(1000)}`,
      xmpOf('<dc:a>'.repeat(2000)), xmpOf(`<dc:title><rdf:Alt>${'<rdf:li>'.repeat(1500)}`), `<?xpacket${' '.repeat(15_000)}`,
    ];
    for (const xmp of hostile) {
      const list = new MetadataList();
      await addImageTags(list, { xmp: Buffer.from(xmp), exif: Buffer.from('Exif\0\0II*\0\u0008\0\0\0\u00ff\u00ff', 'latin1'), iptc: Buffer.alloc(60_000, 0x38) });
      expect(list.entries.length, `entries of ${xmp.slice(0, 30)}`).to.be.at.most(1);
    }
  });
});
