/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The body of a report: a document written, encoded and read in pieces while it is sent. */
#ifndef PROVI_JOBS_REPORT_BODY_H
#define PROVI_JOBS_REPORT_BODY_H

#include <provision/decode.h>
#include <provision/profile.h>
#include <provision/transport.h>

#include "base/buffer.h"

struct provi_env;

/** How far a body is. */
enum provi_report_part {
    PROVI_REPORT_HEAD,
    PROVI_REPORT_PARAMS,
    PROVI_REPORT_TAIL,
    PROVI_REPORT_END,
};

struct provi_report_body {
    /* Set before it is opened. */
    struct provi_env *env;
    uint32_t encodings;      /* PROV_ENCODING_AES_CBC or RFC8188; 0: plain */
    prov_str key;            /* of the first; borrowed */
    struct provi_buffer ikm; /* of the second */

    struct prov_upload upload; /* for the request, once it is opened */

    enum provi_report_part part;
    size_t index; /* of the next parameter */
    bool is_counting;
    prov_encoder *encoder;
    prov_profile_writer *writer;
    struct provi_buffer out; /* encoded bytes, read up to `at` */
    size_t at;
};

/** Find out how long it is, and begin at its first byte. */
prov_status provi_report_body_open(struct provi_report_body *body, struct prov_error *err);

void provi_report_body_close(struct provi_report_body *body);

#endif
