/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Answers to HTTP requests. */
#ifndef PHONE_WEB_ANSWER_H
#define PHONE_WEB_ANSWER_H

#include "web/page.h"
#include "web/request.h"

/**
 * Send an answer, with the common header fields.
 *
 * @param status  HTTP status; with 401, challenges are added.
 * @param body    Owned from here on; NULL: no memory for it, which is the answer then.
 */
enum MHD_Result answer_send(struct web_request *request, unsigned status, const char *type,
                            char *body, size_t len);

/**
 * Send a page that shows whether a request was accepted, and why not.
 *
 * @param reason  One phrase; NULL: none.
 */
enum MHD_Result answer_page(struct web_request *request, unsigned status, const char *reason);

/** The same, for a client that must wait after wrong passwords. */
enum MHD_Result answer_wait(struct web_request *request, int64_t delay_ms);

/**
 * A value that is common to all pages: `product`, `mac`, `load`, `lines`, `when`.
 *
 * @param[out] value  May point into @p buf.
 * @return Whether it is one of these.
 */
bool answer_common_value(const struct phone *phone, const char *name, char *buf, size_t cap,
                         prov_str *value);

/** Send a template that has no values. */
enum MHD_Result answer_file(struct web_request *request, const char *type,
                            const struct page_piece *template);

#endif
