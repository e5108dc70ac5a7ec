"""What exports call their columns: names in many tools and languages -> fields of a post."""

from __future__ import annotations

import unicodedata

import regex

FIELDS: tuple[str, ...] = (
    "text", "created_at", "time_of_day", "external_id", "source", "author", "author_name", "author_url",
    "author_followers", "author_verified", "url", "title", "language", "country", "region", "city", "kind", "reply_to",
    "repost_of", "quote_of", "hashtags", "mentions", "likes", "reposts", "replies", "views", "rating",
)  # fmt: skip

# Best names first: of two columns for one field the one further left wins.
_NAMES: dict[str, str] = {
    "text": """full_text text content message post_text post_content tweet_text tweet body comment_text
        review_text review_content review_body selftext comment review description snippet
        title_snippet caption status post opening_text hit_sentence feedback verbatim answer
        response sound_bite_text note inhalt beitrag nachricht kommentar bewertungstext antwort
        texte contenu commentaire avis texto contenido mensaje comentario opinion reseña conteudo
        mensagem comentário conteúdo testo contenuto messaggio commento recensione tekst inhoud
        bericht reactie treść tresc wiadomość komentarz metin içerik mesaj yorum текст содержание
        сообщение комментарий отзыв текст_сообщения النص نص المحتوى تعليق 本文 内容 投稿 コメント
        正文 评论 内容文本 본문 내용 댓글 पाठ टिप्पणी teksti viesti besked indhold innehåll
        meddelande innhold melding""",
    "created_at": """created_at created_utc createdat created_time created timestamp tweet_created datetime
        date_time date_utc published_at published publish_date publication_date pub_date posted_at
        post_date posted review_created review_created_utc review_date tweet_date date_created
        created_date creation_date date time_posted time_stamp timestamp_et timestamp_utc sent_time
        indexed added submitted_at submission_date time utc_time created_at_utc datum
        veröffentlicht erstellt_am erstellt zeitstempel zeit date_de_publication date_publication
        publié_le fecha fecha_de_publicación fecha_publicacion fecha_hora data data_publicação
        data_de_publicação data_hora data_ora pubblicato datum_tijd geplaatst_op data_publikacji
        data_utworzenia tarih дата дата_публикации дата_создания время التاريخ تاريخ تاريخ_النشر
        日付 日時 投稿日 投稿日時 日期 时间 发布时间 發布時間 날짜 작성일 दिनांक तारीख päivämäärä
        dato""",
    "time_of_day": "time hour time_of_day post_time uhrzeit heure hora ora tijd godzina saat время_публикации 時刻",
    "external_id": """id_str tweet_id post_id status_id message_id mention_id comment_id review_id external_id
        resource_id permanent_id native_id document_id reference_id guid uri id beitrags_id
        bewertungs_id""",
    "source": """source platform network channel social_network site_name page_type source_type media_type
        medium content_source content_source_name review_source data_source provider quelle
        plattform netzwerk kanal plateforme réseau fuente plataforma red_social rede_social fonte
        piattaforma bron źródło zrodlo kaynak источник платформа المصدر المنصة 媒体 来源 平台
        플랫폼 出典""",
    "author": """author_username username user_screen_name screen_name author_handle handle user_name
        account_acct account_username user_username author_screen_name user_handle twitter_handle
        extra_author_attributes_short_name author account profile user from from_user poster
        reviewer review_username consumer_name customer creator writer name author_name author_id
        user_id autor autorin verfasser benutzer benutzername nutzer auteur utilisateur pseudo
        usuario usuário utente autore gebruiker auteursnaam użytkownik uzytkownik yazar kullanıcı
        kullanici автор пользователь المؤلف الكاتب المستخدم 投稿者 ユーザー名 作者 用户 用户名
        작성자 लेखक kirjoittaja käyttäjä författare forfatter bruger""",
    "author_name": """display_name author_display_name account_display_name full_name fullname user_display_name
        author_full_name user_name author_name real_name profile_name extra_author_attributes_name
        anzeigename nom_affiché nombre_completo nome_completo""",
    "author_url": """author_url profile_url user_url account_url author_link profile_link
        extra_author_attributes_url profil_url""",
    "author_followers": """followers follower_count followers_count user_followers_count author_followers
        account_followers_count user_followers twitter_followers author_followers_count
        author_public_metrics_followers_count user_public_metrics_followers_count subscribers fans
        seguidores abonnés abonnes volgers takipçi подписчики المتابعون フォロワー 粉丝 팔로워
        obserwujący seguaci""",
    "author_verified": """verified user_verified author_verified account_verified is_verified twitter_verified
        verifiziert vérifié verificado""",
    "url": """url permalink post_url tweet_url link message_url status_url review_url mention_url
        original_url permanent_link web_url article_url document_url resource_url adresse lien
        enlace ligação collegamento ссылка رابط 链接 リンク 링크""",
    "title": """title headline subject review_title titel überschrift titre título titulo titolo tytuł
        başlık заголовок العنوان タイトル 标题 제목""",
    "language": """language lang language_code review_language sprache langue idioma lingua taal język dil
        язык اللغة 言語 语言 언어""",
    "country": """country country_code author_country location_country countrycode land pays país pais paese
        ülke страна الدولة 国 国家 국가""",
    "region": """region state province state_province state_region author_region author_state location_region
        admin1 county bundesland région departement département provincia estado regione provincie województwo bölge
        регион область المنطقة 都道府県 地域 省份 省 지역""",
    "city": """city town author_city location_city city_name locality stadt ort ville ciudad cidade città stad miasto
        şehir il город المدينة 市区町村 都市 城市 도시 kaupunki""",
    "kind": """kind post_type message_type tweet_type interaction_type type thread_entry_type
        engagement_type mention_type beitragstyp type_de_publication tipo""",
    "reply_to": """in_reply_to_status_id_str in_reply_to_status_id in_reply_to_id in_reply_to reply_to
        reply_to_id replied_to_id parent_id referenced_tweets_replied_to_id in_reply_to_tweet_id
        parent_post_id parent_comment_id""",
    "repost_of": """repost_of retweeted_status_id_str retweeted_status_id retweet_of retweeted_id reblog_id
        retweeted_status_id_str referenced_tweets_retweeted_id retweet_id shared_post_id reblog_of""",
    "quote_of": "quote_of quoted_status_id_str quoted_status_id quoted_id referenced_tweets_quoted_id quote_id",
    "hashtags": "hashtags hashtag tags entities_hashtags hash_tags etiquetas mots_dièse хештеги ハッシュタグ",
    "mentions": """mentions mentioned mentioned_users user_mentions mentioned_authors entities_user_mentions
        entities_mentions mentioned_handles""",
    "likes": """likes like_count favorite_count favourites_count favorites favorite_counts likes_count
        favourite_count public_metrics_like_count twitter_likes facebook_likes reactions
        reaction_count upvotes score favs likecount gefällt_mir j_aime me_gusta curtidas mi_piace
        beğeni лайки الإعجابات いいね 点赞 좋아요 polubienia""",
    "reposts": """retweets retweet_count reposts repost_count shares share_count reblogs_count reblogs
        public_metrics_retweet_count twitter_retweets facebook_shares shares_count boosts
        retweetcount geteilt partages compartidos compartilhamentos condivisioni paylaşım репосты
        المشاركات リツイート 转发 공유""",
    "replies": """replies reply_count replies_count comments comment_count comments_count num_comments
        public_metrics_reply_count twitter_reply_count facebook_comments replycount antworten
        kommentare réponses commentaires respuestas comentarios respostas comentários risposte
        commenti yanıtlar ответы комментарии الردود 返信 回复 답글""",
    "views": """views view_count impressions impression_count public_metrics_impression_count views_count
        play_count plays video_views viewcount aufrufe vues vistas visualizações visualizzazioni
        görüntüleme просмотры المشاهدات 表示回数 浏览量 조회수""",
    "rating": """rating stars star_rating score_rating review_stars review_rating rate overall_rating
        bewertung sterne note_sur_5 étoiles puntuación estrellas calificación avaliação estrelas
        nota valutazione stelle beoordeling ocena puan оценка рейтинг التقييم 評価 评分 평점""",
}  # fmt: skip

_CAMEL = regex.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_GAPS = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def normalise_name(name: str) -> str:
    """A column's name as the tables spell it: NFC, lower-case, words joined by _ ("Created At (UTC)" ->
    created_at_utc, "publicMetrics.likeCount" -> public_metrics_like_count)."""
    spaced = _CAMEL.sub("_", unicodedata.normalize("NFC", name))
    return str(_GAPS.sub("_", spaced)).strip("_").lower()


def _rank() -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for field, names in _NAMES.items():
        words = names.split()
        for position, word in enumerate(words):
            table.setdefault(word, {}).setdefault(field, 1.0 - 0.3 * position / len(words))
    return table


NAME_SCORES: dict[str, dict[str, float]] = _rank()
"""Normalised name -> {field: how well it fits, 0.7 to 1}."""
