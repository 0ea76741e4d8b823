# syntax=docker/dockerfile:1
FROM rust:1.95-slim-bookworm AS build
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends g++ libssl-dev make pkg-config \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /src
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked --bin serdecar \
    && cp target/release/serdecar /usr/local/bin/serdecar

FROM debian:bookworm-slim
# Security updates of OpenSSL and the certificates come with each build: no versions are pinned.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates libssl3 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /usr/local/bin/serdecar /usr/local/bin/serdecar
COPY LICENSE /usr/share/doc/serdecar/LICENSE
USER 65532:65532
# Health and metrics; the registry server.
EXPOSE 9404 8081
ENTRYPOINT ["/usr/local/bin/serdecar"]
CMD ["--help"]
