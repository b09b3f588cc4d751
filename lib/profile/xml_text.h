/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Characters that XML 1.0 (fifth edition) allows in names and in text. */
#ifndef PROVI_PROFILE_XML_TEXT_H
#define PROVI_PROFILE_XML_TEXT_H

#include <provision/base.h>

enum {
    PROVI_XML_MAX_NAME = 256
}; /* longest name that the writer accepts; the default limit of a parser */

/** Whether a text is an XML name without a colon, in UTF-8. */
bool provi_xml_is_name(prov_str text);

/** Whether a parameter may have this name: within a profile, `flat-profile` is read as a root. */
bool provi_xml_is_param_name(prov_str text);

/** Length of the first character of @p text; 0: it is not UTF-8. */
size_t provi_xml_char_len(prov_str text);

/** Length of the valid UTF-8 at the start of @p text. */
size_t provi_xml_utf8_span(prov_str text);

/** Whether a text is UTF-8 of characters that XML allows. */
bool provi_xml_is_text(prov_str text);

/** Likewise, without line breaks. */
bool provi_xml_is_one_line(prov_str text);

/**
 * Check that a profile can carry a value unchanged: one line without blanks at its ends.
 *
 * @param[out] err  `offset` is that of the first byte at fault in @p value. May be NULL.
 * @return PROV_OK; PROV_E_VALUE.
 */
prov_status provi_xml_check_value(prov_str value, struct prov_error *err);

/** The reference for one of the five markup characters; NULL for any other. */
const char *provi_xml_escape(char c);

#endif
