# One image for every process. As it is it runs the whole fleet; compose.yaml gives each process a container of its own.
# The build asks the package index: `docker build --network host .` where the default network does not reach it.
FROM python:3.13-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python3 -m venv /opt/venv
COPY requirements.txt requirements-postgresql.txt requirements-container.txt ./
RUN /opt/venv/bin/pip install -q --require-hashes -r requirements.txt \
 && /opt/venv/bin/pip install -q --require-hashes -r requirements-container.txt
# `postgresql`: with its driver, which takes 15 MB (compose.postgres.yaml)
ARG EXTRA=""
RUN if [ -n "$EXTRA" ]; then /opt/venv/bin/pip install -q --require-hashes -r "requirements-$EXTRA.txt"; fi \
 && /opt/venv/bin/pip uninstall -q -y pip \
 && rm -r /opt/venv/lib/python3.*/site-packages/awscli/examples
# Which services' models `aws` and boto3 have, for init scripts; empty: all of AWS's, which takes 45 MB more.
ARG AWS_SERVICES="s3 s3control dynamodb dynamodbstreams sqs sns sts iam"
COPY distribution/slim_image.py ./
RUN python3 slim_image.py /opt/venv/lib/python3.*/site-packages $AWS_SERVICES
COPY awskit /opt/ruststack/awskit
COPY console /opt/ruststack/console
COPY gateway /opt/ruststack/gateway
COPY services /opt/ruststack/services
COPY ruststack /opt/ruststack/ruststack
RUN /opt/venv/bin/python -m compileall -q /opt/ruststack

FROM python:3.13-slim
RUN useradd --uid 1000 --no-create-home --home-dir /var/lib/ruststack ruststack \
 && install -d -m 0700 -o ruststack -g ruststack /var/lib/ruststack \
 && install -d /etc/localstack/init/boot.d /etc/localstack/init/start.d \
               /etc/localstack/init/ready.d /etc/localstack/init/shutdown.d
COPY --from=build /opt /opt
RUN ln -s /opt/ruststack/ruststack/container/* /usr/local/bin/
# malloc: as ruststack/commands/up.py says
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=1048576 MALLOC_TRIM_THRESHOLD_=1048576 \
    PATH=/opt/venv/bin:$PATH PYTHONPATH=/opt/ruststack PYTHONUNBUFFERED=1 \
    GATEWAY_LISTEN=0.0.0.0:4566 RUSTSTACK_DATA_DIR=/var/lib/ruststack RUSTSTACK_TLS_DIR=/var/lib/ruststack/tls \
    XDG_STATE_HOME=/tmp
# The base has no byte code of the standard library, and whoever may not write it compiles it at each start, in each process.
RUN python -c "import ruststack.fleets.fleet, gateway.__main__, services.s3.__main__, services.dynamodb.__main__, \
    services.sqs.__main__, services.sns.__main__"
WORKDIR /var/lib/ruststack
USER ruststack
VOLUME /var/lib/ruststack
EXPOSE 4566
# Healthy is ready, init scripts included: these may take their time.
HEALTHCHECK --interval=1s --timeout=5s --start-period=300s --retries=3 CMD ["health-check", "4566", "/_ruststack/ready"]
CMD ["ruststack", "up"]
