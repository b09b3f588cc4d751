/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The body of a report. The document is written, encoded and read in pieces while it is sent. */
#ifndef PROVI_JOBS_REPORT_BODY_H
#define PROVI_JOBS_REPORT_BODY_H

#include <provision/decode.h>
#include <provision/profile.h>
#include <provision/transport.h>

#include "base/buffer.h"
#include "jobs/report_delta.h"
#include "jobs/report_status.h"

/** Documents. */
enum provi_report_kind {
    PROVI_REPORT_FULL,
    PROVI_REPORT_DELTA,
    PROVI_REPORT_STATUS,
};

/** Parts of a document, in order. */
enum provi_report_part {
    PROVI_REPORT_HEAD,
    PROVI_REPORT_VALUES,
    PROVI_REPORT_REMOVED, /* of a delta: parameters that are not stored any more */
    PROVI_REPORT_TAIL,
    PROVI_REPORT_END,
};

struct provi_report_body {
    /* Set before the body is opened. */
    struct provi_env *env;
    enum provi_report_kind kind;
    uint32_t encodings;                /* PROV_ENCODING_AES_CBC or RFC8188; 0: plain */
    prov_str key;                      /* of AES-CBC; borrowed */
    struct provi_buffer ikm;           /* of RFC 8188 */
    struct provi_report_delta delta;   /* set only for PROVI_REPORT_DELTA */
    struct provi_report_status status; /* set only for PROVI_REPORT_STATUS */

    /* Set while the body is open. */
    struct prov_upload upload; /* for the request */
    size_t n_values;           /* of the document */

    enum provi_report_part part;
    size_t at_value; /* of the next value */
    bool is_counting;
    prov_encoder *encoder;
    prov_profile_writer *writer;         /* NULL: not open */
    char section[PROVI_MAX_SECTION + 1]; /* section that `writer` writes, in a status document */
    struct provi_buffer out;             /* encoded bytes, read up to `at` */
    size_t at;
};

/** Determine the length, and begin at the first byte. */
prov_status provi_report_body_open(struct provi_report_body *body, struct prov_error *err);

/** Write the whole document to a sink and finish the sink; used instead of opening the body. */
prov_status provi_report_body_write(struct provi_report_body *body, const struct prov_sink *sink,
                                    struct prov_error *err);

/** Whether the announced length was read. A document that has grown meanwhile is cut there. */
bool provi_report_body_is_read(const struct provi_report_body *body);

/** Release everything. */
void provi_report_body_close(struct provi_report_body *body);

#endif
