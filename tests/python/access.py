"""Who may do what on a broker: access.py BOOTSTRAP CHANGE..., all changes made before it ends.

scram:NAME:PASSWORD                         a user who logs in with SCRAM-SHA-512
allow:PRINCIPAL:RESOURCE:NAME:OPERATION     one right; RESOURCE is topic, group or transactional_id
withdraw:PRINCIPAL:RESOURCE:NAME:OPERATION  takes it away again

A NAME that ends with * is a prefix.
"""

import sys

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

RESOURCES = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional_id": ResourceType.TRANSACTIONAL_ID,
}


def right(kind, principal, resource, name, operation):
    """What stands for one right: an AclBinding or the filter that finds it."""
    pattern = ResourcePatternType.PREFIXED if name.endswith("*") else ResourcePatternType.LITERAL
    return kind(
        RESOURCES[resource],
        name.rstrip("*"),
        pattern,
        f"User:{principal}",
        "*",
        AclOperation[operation.upper()],
        AclPermissionType.ALLOW,
    )


def main(bootstrap, *changes):
    """Makes the changes kind by kind."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    users, allowed, withdrawn = [], [], []
    for change in changes:
        what, *details = change.split(":")
        if what == "scram":
            name, password = details
            info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
            users.append(UserScramCredentialUpsertion(name, info, password.encode()))
        elif what == "allow":
            allowed.append(right(AclBinding, *details))
        elif what == "withdraw":
            withdrawn.append(right(AclBindingFilter, *details))
        else:
            raise ValueError(change)
    futures = {}
    for ask, items in (
        (admin.alter_user_scram_credentials, users),
        (admin.create_acls, allowed),
        (admin.delete_acls, withdrawn),
    ):
        if items:
            futures.update(ask(items, request_timeout=30))
    for future in futures.values():
        future.result()


if __name__ == "__main__":
    main(*sys.argv[1:])
