/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The pages of the phone: the administrator's below `/admin/`, the user's without it:
 * `/info/status`, `/admin/voice/provisioning`. The catalogue has tabs, sections and labels.
 */
#ifndef PHONE_WEB_SITE_H
#define PHONE_WEB_SITE_H

#include "web/form.h"
#include "web/page.h"
#include "web/request.h"

/** One page. */
struct site_page {
    const char *path; /* without the view, `/voice/system` */
    const char *menu; /* menu, as in the catalogue */
    const char *tab;  /* tab, as in the catalogue, and title */
    uint32_t line;    /* line of a tab `Ext n`; 0: another tab */
    const struct page_piece *template;
};

/** A page being written. The indices are those of the sections being written. */
struct site {
    struct web_request *request;
    struct phone *phone;
    const struct site_page *page;
    bool is_admin;
    const struct web_form *form; /* the submitted form, with errors; NULL: none */
    size_t n_errors;             /* errors in the form */
    const char *notice;          /* result of the form, as a section of the template; NULL: none */
    size_t nav;                  /* index of a page */
    size_t field;                /* index of a field of the catalogue */
    size_t option;               /* index of a choice */
    size_t item;                 /* index of an entry of a list */
    uint32_t list;               /* job of that list, enum prov_job */
    struct site_field *shown;    /* the field with its value; NULL: none */
    size_t n_shown;              /* fields written so far */
    char text[1024];             /* memory for a value */
};

/** @return Whether the target is a page of the phone; `request->page` is then set. */
bool site_find(struct web_request *request);

/** Check a request for a page by its header. @return As action_begin(). */
bool site_begin(struct web_request *request, enum MHD_Result *result);

/** Answer a complete request for a page. */
enum MHD_Result site_run(struct web_request *request);

/** Number of the first field of a tab, or of the next one in it; SIZE_MAX: there is none. */
size_t site_next_field(const struct site *site, size_t after);

/** @name Values and sections of the pages with parameters: tab.c. */
/** @{ */
bool tab_value(struct site *site, const char *name, prov_str *value);
bool tab_section(struct site *site, const char *name, size_t index, bool *is_there);
void tab_end(struct site *site);
/** @} */

/** @name Values and sections of the pages about the phone: info.c. */
/** @{ */
bool info_value(struct site *site, const char *name, prov_str *value);
bool info_section(struct site *site, const char *name, size_t index, bool *is_there);
/** @} */

/**
 * Store the submitted values, all or none.
 *
 * @param[out] n_changed  Number of parameters whose value has changed.
 * @return PROV_OK; PROV_E_VALUE: `form` has errors; any status of the store.
 */
prov_status submit_store(struct site *site, struct web_form *form, size_t *n_changed,
                         struct prov_error *err);

/** The name of a field's parameter, with its line. @return @p buf. */
prov_str site_param_name(const struct site *site, size_t field, char *buf, size_t cap);

/** Whether a parameter may be seen, and changed, in this view. */
bool site_may_see(const struct site *site, prov_str name);
bool site_may_change(const struct site *site, const struct prov_param_info *info, prov_str name);

#endif
