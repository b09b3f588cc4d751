/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The names in a certificate. */
#include "curl/tls_priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <openssl/x509v3.h>

#include "base/str.h"

/* A DNS name has at most 253 characters, an address less. */
#define HOST_CAP 256
#define MORE ", ..."

static GENERAL_NAMES *get_names(X509 *certificate)
{
    return X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
}

/* One name a server may go by; nothing for other kinds. */
static void write_name(const GENERAL_NAME *name, char buf[PROVI_TLS_NAME_CAP])
{
    buf[0] = '\0';
    if (name->type == GEN_DNS) {
        const ASN1_STRING *text = name->d.dNSName;
        snprintf(buf, PROVI_TLS_NAME_CAP, "%.*s", ASN1_STRING_length(text),
                 (const char *)ASN1_STRING_get0_data(text));
    } else if (name->type == GEN_IPADD) {
        const ASN1_STRING *ip = name->d.iPAddress;
        int family = ASN1_STRING_length(ip) == 4 ? AF_INET : AF_INET6;
        if (family == AF_INET || ASN1_STRING_length(ip) == 16)
            inet_ntop(family, ASN1_STRING_get0_data(ip), buf, PROVI_TLS_NAME_CAP);
    }
}

/* False when it does not fit. */
static bool append(char *buf, size_t cap, const char *name)
{
    size_t len = strlen(buf);
    const char *joint = len ? ", " : "";
    if (len + strlen(joint) + strlen(name) + sizeof MORE > cap)
        return false;
    snprintf(buf + len, cap - len, "%s%s", joint, name);
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
            strncat(buf, MORE, cap - strlen(buf) - 1);
            break;
        }
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    if (buf[0] != '\0')
        return;
    provi_tls_common_name(X509_get_subject_name(certificate), name);
    snprintf(buf, cap, "%s", name);
}

static size_t copy_entry(const X509_NAME *name, int nid, char buf[PROVI_TLS_NAME_CAP])
{
    int len = X509_NAME_get_text_by_NID((X509_NAME *)name, nid, buf, PROVI_TLS_NAME_CAP);
    if (len >= 0)
        return (size_t)len;
    buf[0] = '\0';
    return 0;
}

size_t provi_tls_common_name(const X509_NAME *name, char buf[PROVI_TLS_NAME_CAP])
{
    return copy_entry(name, NID_commonName, buf);
}

bool provi_tls_share_organisation(const X509_NAME *a, const X509_NAME *b)
{
    char organisation[2][PROVI_TLS_NAME_CAP];
    size_t len = copy_entry(a, NID_organizationName, organisation[0]);
    return len > 0 && len == copy_entry(b, NID_organizationName, organisation[1]) &&
           memcmp(organisation[0], organisation[1], len) == 0;
}

void provi_tls_call(X509 *certificate, char buf[PROVI_TLS_NAME_CAP])
{
    if (provi_tls_common_name(X509_get_subject_name(certificate), buf) == 0)
        provi_tls_list_names(certificate, buf, PROVI_TLS_NAME_CAP);
}

static bool has_server_names(X509 *certificate)
{
    bool has = false;
    GENERAL_NAMES *names = get_names(certificate);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        int type = sk_GENERAL_NAME_value(names, i)->type;
        has = has || type == GEN_DNS || type == GEN_IPADD;
    }
    sk_GENERAL_NAME_pop_free(names, GENERAL_NAME_free);
    return has;
}

/*
 * Old certificates name a server by `CN=host`, some by `CN=host/any text`, the vendor's example
 * being CN=pv.telco.net/mailto:admin@telco.net. Where there are alternative names, these count.
 */
static bool is_called(X509 *certificate, prov_str host)
{
    char buf[PROVI_TLS_NAME_CAP];
    size_t len = provi_tls_common_name(X509_get_subject_name(certificate), buf);
    prov_str name = {buf, len};
    name.len = provi_str_find(name, '/');
    return len < sizeof buf - 1 && provi_str_eq_nocase(name, host) &&
           !has_server_names(certificate);
}

bool provi_tls_is_for_host(X509 *certificate, prov_str host)
{
    char text[HOST_CAP];
    size_t len;
    if (host.len > 0 && host.data[host.len - 1] == '.') /* a name from the root of DNS on */
        host.len--;
    if (provi_str_out(host, text, sizeof text, &len) != PROV_OK)
        return false;
    int match = X509_check_ip_asc(certificate, text, 0);
    if (match == -2) /* no address */
        match = X509_check_host(certificate, text, len, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL);
    return match == 1 || (match == 0 && is_called(certificate, host));
}
