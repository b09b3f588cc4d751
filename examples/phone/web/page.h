/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Pages made from the templates in pages/, which pages/embed.py compiles in.
 *
 * In a template, `{{name}}` is a value, which is escaped; `{{#name}}…{{/name}}` is a section, which
 * is written once for each of its elements; `{{>file}}` is another template. All other text is
 * written unchanged.
 */
#ifndef PHONE_WEB_PAGE_H
#define PHONE_WEB_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

enum page_kind { PAGE_STOP, PAGE_TEXT, PAGE_VALUE, PAGE_BEGIN, PAGE_END };

/** A piece of a template: text, or the name of a value or section. */
struct page_piece {
    enum page_kind kind;
    const char *text;
};

/** @name The templates, each up to PAGE_STOP. */
/** @{ */
extern const struct page_piece page_answer_html[];
extern const struct page_piece page_debug_html[];
extern const struct page_piece page_downloads_html[];
extern const struct page_piece page_page_js[];
extern const struct page_piece page_status_html[];
extern const struct page_piece page_style_css[];
extern const struct page_piece page_tab_html[];
/** @} */

/** Source of the values. */
struct page_source {
    void *ctx;
    /** The value of a name; empty: none. Borrowed until the next call. */
    prov_str (*value)(void *ctx, const char *name);
    /** Whether a section has an element @p index; the values in it are then read. */
    bool (*section)(void *ctx, const char *name, size_t index);
};

/**
 * Write a page.
 *
 * @param      source  NULL: for a template without values and sections.
 * @param[out] len     Bytes of the page.
 * @return New, ended by free(); NULL without memory.
 */
char *page_write(const struct page_piece *template, const struct page_source *source, size_t *len);

#endif
