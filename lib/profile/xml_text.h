/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What XML 1.0 (fifth edition) lets stand in names and in text. */
#ifndef PROVI_PROFILE_XML_TEXT_H
#define PROVI_PROFILE_XML_TEXT_H

#include <provision/base.h>

enum { PROVI_XML_MAX_NAME = 256 }; /* longest name that is written; as a parser reads by default */

/** An XML name without a colon: UTF-8, at least one character. */
bool provi_xml_is_name(prov_str text);

/** Bytes of the character that @p text starts with; 0: it starts with none, as UTF-8 has them. */
size_t provi_xml_char_len(prov_str text);

/** Bytes at the start of @p text that are UTF-8, of whatever characters. */
size_t provi_xml_utf8_span(prov_str text);

/** UTF-8 of characters that text may hold. */
bool provi_xml_is_text(prov_str text);

/** The same, without line breaks. */
bool provi_xml_is_one_line(prov_str text);

#endif
