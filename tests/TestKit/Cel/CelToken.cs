namespace RelayOperator.TestKit.Cel;

/// <summary>A piece of an expression's text; a literal carries its value.</summary>
internal readonly record struct CelToken(CelTokenKind Kind, string Text, object? Value = null);

internal enum CelTokenKind { Identifier, Literal, Sign, End }
