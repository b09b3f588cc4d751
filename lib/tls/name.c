/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Names in a certificate: compared with a host, and written for messages.
 *
 * A name is written in printable ASCII; each other byte of its UTF-8 is escaped as by `openssl x509
 * -nameopt RFC2253`, with a backslash and two digits.
 */
#include "tls/tls.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/x509v3.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* A DNS name has at most 253 characters, an address fewer. */
#define HOST_CAP 256
#define NAMES_CAP 80
#define MORE "..."
#define ADDRESS "an address has to be an IP alternative name"

/* Write a name; the text is never cut within an escape, and ends in `...` if the name does not
 * fit. */
static void write_escaped(prov_str name, char buf[PROVI_TLS_NAME_CAP])
{
    size_t len = 0, last = 0; /* `last`: the last length that leaves room for MORE */
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        bool is_plain = c >= 0x20 && c < 0x7f && c != '\\';
        char text[4] = {(char)c};
        if (!is_plain)
            snprintf(text, sizeof text, "\\%02X", (unsigned)c);
        if (len + strlen(text) >= PROVI_TLS_NAME_CAP) {
            len = last;
            memcpy(buf + len, MORE, strlen(MORE));
            len += strlen(MORE);
            break;
        }
        memcpy(buf + len, text, strlen(text));
        len += strlen(text);
        if (len + strlen(MORE) < PROVI_TLS_NAME_CAP)
            last = len;
    }
    buf[len] = '\0';
}

static prov_str bytes_of(const ASN1_STRING *text)
{
    const unsigned char *data = ASN1_STRING_get0_data(text);
    return (prov_str){(const char *)data, (size_t)ASN1_STRING_length(text)};
}

/* Find the first field of a kind. NULL: there is none. */
static const ASN1_STRING *find_field(const X509_NAME *name, int nid)
{
    int at = X509_NAME_get_index_by_NID(name, nid, -1);
    return at < 0 ? NULL : X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at));
}

static size_t write_field(const X509_NAME *name, int nid, char buf[PROVI_TLS_NAME_CAP])
{
    const ASN1_STRING *text = find_field(name, nid);
    buf[0] = '\0';
    if (!text)
        return 0;
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, text);
    /* Without memory its own bytes, which are nearly always the same. */
    prov_str bytes = len < 0 ? bytes_of(text) : (prov_str){(const char *)utf8, (size_t)len};
    write_escaped(provi_str_trim(bytes), buf);
    OPENSSL_free(utf8);
    return strlen(buf);
}

size_t provi_tls_name(const X509_NAME *name, char buf[PROVI_TLS_NAME_CAP])
{
    static const int nids[] = {NID_commonName, NID_organizationalUnitName, NID_organizationName};
    size_t len = 0;
    for (size_t i = 0; i < PROVI_LEN(nids) && len == 0; i++)
        len = write_field(name, nids[i], buf);
    return len;
}

static GENERAL_NAMES *get_names(X509 *certificate)
{
    return X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

/* Write an alternative name of a server; nothing for other kinds. */
static void write_name(const GENERAL_NAME *name, char buf[PROVI_TLS_NAME_CAP])
{
    buf[0] = '\0';
    if (name->type == GEN_DNS) {
        write_escaped(bytes_of(name->d.dNSName), buf);
    } else if (name->type == GEN_IPADD) {
        prov_str ip = bytes_of(name->d.iPAddress);
        if (ip.len == 4 || ip.len == 16)
            inet_ntop(ip.len == 4 ? AF_INET : AF_INET6, ip.data, buf, PROVI_TLS_NAME_CAP);
    }
}

/* False when it does not fit. */
static bool append(char *buf, size_t cap, const char *name)
{
    size_t len = strlen(buf);
    const char *joint = len ? ", " : "";
    size_t joint_len = strlen(joint), name_len = strlen(name);
    if (len + joint_len + name_len + sizeof ", " MORE > cap)
        return false;
    memcpy(buf + len, joint, joint_len);
    memcpy(buf + len + joint_len, name, name_len + 1);
    return true;
}

void provi_tls_list_names(X509 *certificate, char *buf, size_t cap)
{
    char name[PROVI_TLS_NAME_CAP];
    buf[0] = '\0';
    GENERAL_NAMES *names = get_names(certificate);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        write_name(sk_GENERAL_NAME_value(names, i), name);
        if (name[0] != '\0' && !append(buf, cap, name)) {
            strncat(buf, buf[0] ? ", " MORE : MORE, cap - strlen(buf) - 1);
            break;
        }
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    if (buf[0] == '\0')
        write_field(X509_get_subject_name(certificate), NID_commonName, buf);
}

void provi_tls_write_subject(X509 *certificate, char buf[PROVI_TLS_NAME_CAP])
{
    if (provi_tls_name(X509_get_subject_name(certificate), buf) == 0)
        provi_tls_list_names(certificate, buf, PROVI_TLS_NAME_CAP);
}

void provi_tls_write_issuer(X509 *certificate, char buf[PROVI_TLS_NAME_CAP])
{
    if (provi_tls_name(X509_get_issuer_name(certificate), buf) == 0)
        snprintf(buf, PROVI_TLS_NAME_CAP, "a CA without a name");
}

bool provi_tls_share_organisation(const X509_NAME *a, const X509_NAME *b)
{
    const ASN1_STRING *one = find_field(a, NID_organizationName);
    const ASN1_STRING *other = find_field(b, NID_organizationName);
    return one && other && provi_str_eq(bytes_of(one), bytes_of(other));
}

static prov_str without_last_dot(prov_str name)
{
    if (name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    return name;
}

/* Old certificates have the server in `CN=host`, some in `CN=host/any text`; the vendor's example
 * is CN=pv.telco.net/mailto:admin@telco.net. */
static prov_str host_of_common_name(X509 *certificate)
{
    const ASN1_STRING *text = find_field(X509_get_subject_name(certificate), NID_commonName);
    prov_str name = text ? bytes_of(text) : (prov_str){NULL, 0};
    name.len = provi_str_find(name, '/');
    return name;
}

/* Why no name of a certificate matches a host. */
struct mismatch {
    bool has_server_names;
    bool is_dns_name; /* the host is an address, which must be in an IP alternative name */
    bool has_last_dot;
    bool is_deep;     /* `*.a` for `b.c.a` */
    bool is_own_zone; /* `*.a` for `a` */
};

static void compare_dns_name(prov_str name, prov_str host, struct mismatch *mismatch)
{
    if (provi_str_eq_nocase(name, host))
        mismatch->is_dns_name = true;
    else if (provi_str_eq_nocase(without_last_dot(name), host))
        mismatch->has_last_dot = true;
    if (!provi_str_starts(name, PROVI_LIT("*.")))
        return;
    prov_str zone = provi_str_from_offset(name, 1); /* including its dot */
    if (host.len > zone.len &&
        provi_str_eq_nocase(provi_str_from_offset(host, host.len - zone.len), zone))
        mismatch->is_deep = true;
    else if (provi_str_eq_nocase(provi_str_from_offset(zone, 1), host))
        mismatch->is_own_zone = true;
}

static void compare_names(X509 *certificate, prov_str host, struct mismatch *mismatch)
{
    *mismatch = (struct mismatch){.has_server_names = false};
    GENERAL_NAMES *names = get_names(certificate);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type == GEN_DNS)
            compare_dns_name(bytes_of(name->d.dNSName), host, mismatch);
        if (name->type == GEN_DNS || name->type == GEN_IPADD)
            mismatch->has_server_names = true;
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    if (!mismatch->has_server_names)
        compare_dns_name(host_of_common_name(certificate), host, mismatch);
}

/* Compare with OpenSSL, which needs a NUL-terminated host. *match: 1 or 0. False: the host is
 * invalid. */
static bool compare_by_openssl(X509 *certificate, prov_str host, int *match, bool *is_address)
{
    char text[HOST_CAP];
    size_t len;
    if (provi_str_out(host, text, sizeof text, &len) != PROV_OK)
        return false;
    *match = X509_check_ip_asc(certificate, text, 0);
    *is_address = *match != -2;
    if (!*is_address)
        *match =
            X509_check_host(certificate, text, len, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL);
    return *match >= 0;
}

bool provi_tls_is_for_host(X509 *certificate, prov_str host)
{
    int match;
    bool is_address;
    struct mismatch mismatch;
    host = without_last_dot(host); /* DNS ends a full name with a dot */
    if (!compare_by_openssl(certificate, host, &match, &is_address))
        return false;
    if (match == 1)
        return true;
    compare_names(certificate, host, &mismatch);
    return !mismatch.has_server_names && host.len > 0 &&
           provi_str_eq_nocase(host_of_common_name(certificate), host);
}

/* Write a remedy that the two names alone do not show: `; …`, or nothing. */
static const char *find_remedy(X509 *certificate, prov_str host, const struct mismatch *mismatch)
{
    if (mismatch->has_last_dot)
        return "; a name in a certificate may not end in a dot";
    if (mismatch->is_deep)
        return "; the * stands for one label only";
    if (mismatch->is_own_zone)
        return "; the * stands for one label, not for none";
    if (mismatch->has_server_names && provi_str_eq_nocase(host_of_common_name(certificate), host))
        return "; the common name is not used beside alternative names";
    return "";
}

void provi_tls_write_names(X509 *certificate, prov_str host, char *buf, size_t cap)
{
    char names[NAMES_CAP];
    int match;
    bool is_address = false;
    struct mismatch mismatch;
    host = without_last_dot(host);
    compare_by_openssl(certificate, host, &match, &is_address);
    compare_names(certificate, host, &mismatch);
    provi_tls_list_names(certificate, names, sizeof names);
    if (names[0] == '\0')
        snprintf(buf, cap, "certificate has no name of a server, so is not for %.*s",
                 PROVI_STR(host));
    else if (is_address && mismatch.is_dns_name)
        snprintf(buf, cap, "certificate has a DNS name %.*s, so is not for %.*s; " ADDRESS,
                 PROVI_STR(host), PROVI_STR(host));
    else
        snprintf(buf, cap, "certificate is for %s, not for %.*s%s", names, PROVI_STR(host),
                 is_address ? "; " ADDRESS : find_remedy(certificate, host, &mismatch));
}
