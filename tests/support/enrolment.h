/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Certificates of a device, and a CA's answers to its requests: right ones, and wrong ones of every
 * kind. The program has TLS_FAKE_CLOCK of tls_peers.h.
 */
#ifndef TEST_SUPPORT_ENROLMENT_H
#define TEST_SUPPORT_ENROLMENT_H

#include "tls_peers.h"

/** The name of the device, in its certificates. */
#define ENROLMENT_NAME "CP-8841 SEP000E08012345"

enum { ENROLMENT_DAY_S = 86400 };

/** The CAs of an enrolment. `issuer` is below `root`, `foreign` is another root. */
struct enrolment {
    struct tls_made root, issuer, foreign;
};

void enrolment_init(struct enrolment *enrolment);
void enrolment_free(struct enrolment *enrolment);

/** A device's certificate by the root, 300 days old, with an alternative name. */
void enrolment_make_device(const struct enrolment *enrolment, struct tls_made *made,
                           const char *key, long to_s);

/** How an answer is written. ENROLMENT_CUT: half of ENROLMENT_LINES. */
enum enrolment_form {
    ENROLMENT_LINES, /**< CMS in base64 of 64 characters a line */
    ENROLMENT_CRLF,
    ENROLMENT_ONE_LINE,
    ENROLMENT_DER,       /**< CMS */
    ENROLMENT_DER_ALONE, /**< a certificate */
    ENROLMENT_PEM,
    ENROLMENT_PEM_CHAIN, /**< with the issuer */
    ENROLMENT_CUT,
    ENROLMENT_PEM_CUT,
    ENROLMENT_DER_AND_MORE,       /**< with a byte behind it */
    ENROLMENT_DER_ALONE_AND_MORE, /**< likewise */
    ENROLMENT_NOTHING,
    ENROLMENT_HTML,
};

/** An answer: the present certificate with changes. Zeros: valid for a year. */
struct enrolment_change {
    const struct tls_made *key; /**< NULL: the device's */
    const char *subject;        /**< common name in place of the old one */
    bool loses_names;
    const char *names; /**< alternative names in place of the old ones; NULL: as before */
    bool is_ca;
    const char *usage;             /**< extended key usage; NULL: as before; empty: none */
    long from_s, to_s;             /**< relative to TLS_NOW; 0: yesterday, in a year */
    const struct tls_made *signer; /**< NULL: the root */
    unsigned n_cas;                /**< sent along: the issuer, then the root */
    bool is_twice;
    const struct tls_made *stranger; /**< sent along */
    enum enrolment_form form;
};

/** Write an answer for @p present. Returns its length. @p out has 32 KiB. */
size_t enrolment_answer(const struct enrolment *enrolment, const struct tls_made *present,
                        const struct enrolment_change *change, char *out);

/** Dies unless a request (base64) is for the present certificate, and signed by its key. */
void enrolment_check_request(const struct tls_made *present, prov_str request);

/**
 * Sign for `prov_client_certificate.sign`, as a chip would that never shows its key. Returns the
 * length of the signature.
 */
size_t enrolment_sign(const struct tls_made *present, uint32_t kind, prov_str data, uint8_t *sig,
                      size_t cap);

#endif
