using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace RelayOperator.TestKit.Cluster.Store;

/// <summary>Where the next page of a list begins, and at which revision.</summary>
public sealed record ContinueToken(long Revision, string AfterNamespace, string AfterName)
{
    public string Encode() => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Revision}/{AfterNamespace}/{AfterName}")));

    public static ContinueToken Decode(string text)
    {
        try
        {
            if (Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('/') is [var revision, var space, var name])
            {
                return new ContinueToken(long.Parse(revision, CultureInfo.InvariantCulture), space, name);
            }
        }
        catch (FormatException)
        {
            // Answered below like any other token that is none of ours.
        }
        throw RefusalException.BadRequest("continue key is not valid: unable to decode");
    }

    public bool IsBefore(StoredObject stored)
    {
        var space = string.CompareOrdinal(stored.Namespace, AfterNamespace);
        return space > 0 || (space == 0 && string.CompareOrdinal(stored.Name, AfterName) > 0);
    }
}
