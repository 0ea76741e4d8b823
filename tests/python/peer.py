"""What the official client's producer and consumer scripts have in common: their arguments and how they name contexts."""

import argparse

from confluent_kafka.schema_registry import SchemaRegistryClient, topic_subject_name_strategy


def arguments(description):
    """The command line of a peer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--bootstrap", required=True)
    parser.add_argument("--registry", required=True, help="the registry's URL, without a context")
    parser.add_argument("--context", help="such as .staging; the default context if not given")
    parser.add_argument(
        "--context-by",
        choices=["url", "subject"],
        default="url",
        help="name the context in the base URL, or in front of each subject",
    )
    parser.add_argument("--id-in", choices=["prefix", "header"], default="prefix", help="where schemas are named")
    parser.add_argument("--topic", required=True)
    parser.add_argument("--schema", required=True)
    parser.add_argument("--ndjson", required=True)
    return parser.parse_args()


def registry(options):
    """The official registry client, and the setting that names subjects."""
    url = options.registry
    naming = topic_subject_name_strategy
    if options.context and options.context_by == "url":
        url = f"{url}/contexts/{options.context}"
    elif options.context:

        def naming(context, record_name, *rest):
            return f":{options.context}:{topic_subject_name_strategy(context, record_name, *rest)}"

    return SchemaRegistryClient({"url": url}), {"subject.name.strategy": naming}
