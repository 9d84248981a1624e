using RelayOperator.Api;

namespace RelayOperator.Operator.Gather;

/// <summary>A Secret that a pool or a hub refers to, and the version of it that was read.</summary>
public sealed record GatheredSecret(Secret Value, string ResourceVersion);
