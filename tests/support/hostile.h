/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Documents made to hurt a profile parser.
 */
#ifndef TEST_SUPPORT_HOSTILE_H
#define TEST_SUPPORT_HOSTILE_H

#include <provision/base.h>

/** A document: `head`, then `unit` again and again (`%u` is its number), then `tail`. */
struct hostile {
    const char *name;
    const char *head, *unit, *tail;
    size_t unit_bytes;  /**< of all units together */
    prov_status wanted; /**< PROV_OK: accepted, in constant memory */
    size_t max_fed;     /**< bytes by which a refusal must have come; 0: 96 KiB */
};

extern const struct hostile hostile_documents[];
extern const size_t hostile_n_documents;

/**
 * Write a document to a sink, unit by unit, and finish it, up to the first failure.
 *
 * @param[out] fed  Bytes written, the failing write included.
 */
prov_status hostile_feed(const struct hostile *document, struct prov_sink sink, size_t *fed,
                         struct prov_error *err);

/** Room for hostile_most_kept(). */
enum { HOSTILE_MOST_KEPT = 512 << 10 };

/**
 * The good document that makes a parser keep the most: every name that fits, then the longest
 * value, then the longest comment.
 *
 * @return its length, less than HOSTILE_MOST_KEPT.
 */
size_t hostile_most_kept(char *text);

#endif
