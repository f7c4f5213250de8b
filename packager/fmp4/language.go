package fmp4

import "strings"

// undetermined is the language of a track that names none.
const undetermined = "und"

// threeLetters maps ISO 639-1 codes to those of ISO 639-2/T, which is what mdhd can hold.
const threeLetters = "aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak " +
	"be:bel bg:bul bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv " +
	"cy:cym da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij " +
	"fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat hu:hun " +
	"hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn jv:jav ka:kat kg:kon " +
	"ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir la:lat lb:ltz lg:lug " +
	"li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal mn:mon mr:mar ms:msa mt:mlt my:mya " +
	"na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav ny:nya oc:oci oj:oji om:orm or:ori os:oss " +
	"pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus rw:kin sa:san sc:srd sd:snd se:sme sg:sag " +
	"si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk " +
	"th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven " +
	"vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor za:zha zh:zho zu:zul"

// mediaHeaderLanguage returns the ISO 639-2/T code for mdhd of a BCP 47 tag; "und" where there is none.
func mediaHeaderLanguage(tag string) string {
	primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
	switch {
	case len(primary) == 3 && strings.Trim(primary, "abcdefghijklmnopqrstuvwxyz") == "":
		return primary
	case len(primary) == 2:
		if _, rest, found := strings.Cut(threeLetters, primary+":"); found {
			return rest[:3]
		}
	}
	return undetermined
}

// cleanLanguage returns tag, or "und" where it is not of the form of a BCP 47 tag (RFC 5646 §2.1), because it may come
// from a source's metadata.
func cleanLanguage(tag string) string {
	const longest = 35 // RFC 5646 §4.4.1
	if len(tag) < 2 || len(tag) > longest ||
		strings.Trim(tag, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return undetermined
	}
	return tag
}

// cleanLabel returns label as valid UTF-8 without control characters, at most 255 bytes.
func cleanLabel(label string) string {
	const longest = 255
	label = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(label, ""))
	if len(label) > longest {
		label = strings.ToValidUTF8(label[:longest], "")
	}
	return label
}
