/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Tab, section and label of each parameter on the phone's web page. Only programs that show the
 * page need them, so they are not part of the entries. A single string needs no relocations. */
#include "catalogue/catalogue_priv.h"

#include <string.h>

#include "base/abi.h"

enum { TAB_MARK = 1, SECTION_MARK = 2 };

#define TAB(menu, tab) "\1" menu "\0" tab "\0"
#define SECTION(section) "\2" section "\0"
#define FIELD(parameter, label) label "\0"

/* A text for each row, two for a tab, each terminated by a NUL. */
static const char labels[] =
#include "catalogue/page_rows.h"
    ;

#undef TAB
#undef SECTION
#undef FIELD
#define TAB(menu, tab)
#define SECTION(section)
#define FIELD(parameter, label) parameter "\0"

static const char names[] =
#include "catalogue/page_rows.h"
    ;

static const char *after(const char *text)
{
    return text + strlen(text) + 1;
}

prov_status prov_catalogue_field_get(size_t index, struct prov_catalogue_field *out)
{
    struct prov_catalogue_field field = {.size = sizeof field, .name = names};
    if (!out)
        return PROV_E_INVALID;
    for (const char *at = labels; at < labels + sizeof labels - 1; at = after(at)) {
        if (*at == TAB_MARK) {
            field.menu = at + 1;
            field.tab = at = after(at);
        } else if (*at == SECTION_MARK) {
            field.section = at + 1;
        } else if (index == 0) {
            field.label = at;
            return provi_abi_out(out, &field, sizeof field);
        } else {
            field.name = after(field.name);
            index--;
        }
    }
    return PROV_E_NOT_FOUND;
}
