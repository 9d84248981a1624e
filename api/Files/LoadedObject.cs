namespace RelayOperator.Api;

/// <summary>An object of a file together with what is wrong with it and where its fields stand.</summary>
internal sealed record LoadedObject<T>(T Value, FaultSheet Sheet);
