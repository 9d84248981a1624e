using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace RelayOperator.Operator.Apply;

/// <summary>An object of a pool as the watch shows it.</summary>
/// <param name="Fingerprint">Of all that people and operators write: an edit changes it, the news of a controller do not.</param>
/// <param name="Whole">The object, where it is read for more than that.</param>
public sealed record SeenObject(string Fingerprint, JsonElement? Whole)
{
    public static SeenObject Kept(JsonElement whole) => new(FingerprintOf(whole), whole);

    public static SeenObject Print(JsonElement whole) => new(FingerprintOf(whole), null);

    public static string FingerprintOf(JsonElement whole)
    {
        var text = new StringBuilder();
        foreach (var field in whole.EnumerateObject().Where(field => field.Name is not ("status" or "metadata" or "apiVersion" or "kind")))
        {
            text.Append(field.Name).Append(field.Value.GetRawText()).Append('\n');
        }

        foreach (var field in whole.GetProperty("metadata").EnumerateObject().Where(field => field.Name is "labels" or "annotations" or "ownerReferences" or "uid"))
        {
            text.Append(field.Name).Append(field.Value.GetRawText()).Append('\n');
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }
}
