# Both programs, for every architecture that .NET has. Build one:
#   docker build --target relay    -t relay    .
#   docker build --target operator -t operator .
#   docker buildx build --platform linux/amd64,linux/arm64 --target relay .
# The compiler runs on the builder's own architecture, whatever the target is. Every step is one plain command with paths
# below its folder, so that a test can run it as it stands.
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS source
WORKDIR /src
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY api/*.csproj api/

# Packages come first: that layer stays until a project file changes.
FROM source AS relay-build
ARG TARGETARCH
COPY relay/*.csproj relay/
RUN dotnet restore relay -a $TARGETARCH
COPY api/ api/
COPY relay/ relay/
RUN dotnet publish relay -c Release -a $TARGETARCH --no-restore --no-self-contained -o out

FROM source AS operator-build
ARG TARGETARCH
COPY operator/*.csproj operator/
RUN dotnet restore operator -a $TARGETARCH
COPY api/ api/
COPY operator/ operator/
RUN dotnet publish operator -c Release -a $TARGETARCH --no-restore --no-self-contained -o out

# No shell, no package manager, and a user of its own.
FROM ${RUNTIME_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.version=$VERSION \
      org.opencontainers.image.revision=$REVISION \
      org.opencontainers.image.licenses=Apache-2.0 \
      org.opencontainers.image.vendor=RelayOperator
# The programs say themselves where they listen: nothing on the base image's port.
ENV ASPNETCORE_HTTP_PORTS=
WORKDIR /app
USER $APP_UID

FROM runtime AS operator
LABEL org.opencontainers.image.title=relay-operator \
      org.opencontainers.image.description="Operator of RelayPool and HubTransport"
COPY --from=operator-build /src/out/ ./
EXPOSE 9080
ENTRYPOINT ["/app/operator"]
CMD ["run"]

FROM runtime AS relay
LABEL org.opencontainers.image.title=relay \
      org.opencontainers.image.description="One SMTP address in front of many hubs"
# So that kubectl exec finds it by its name: relay queue list
ENV PATH=/app:$PATH
COPY --from=relay-build /src/out/ ./
EXPOSE 9025
ENTRYPOINT ["/app/relay"]
CMD ["run"]
